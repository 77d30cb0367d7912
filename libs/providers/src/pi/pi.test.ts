import { expect, test } from "bun:test"
import { guestSetup } from "../guest-setup-fixture.ts"
import type { Provider, ProviderSettings } from "../provider.ts"
import { pi } from "./pi.ts"

// biome-ignore format: a table
test.each([
  // prompt           continues  own               expected
  ["fix it",          false,     [],               ["--sys", "-p", "fix it"]],
  ["-n is broken",    false,     ["--verbose"],    ["--sys", "--verbose", "-p", " -n is broken"]],
  ["@me look",        false,     [],               ["--sys", "-p", " @me look"]],
  ["a\n-b 'c' $d",    true,      [],               ["--continue", "--sys", "-p", "a\n-b 'c' $d"]],
  [undefined,         true,      ["--verbose"],    ["--continue", "--sys", "--verbose"]],
] as const)("composeArgs of %j, continuing %p, passes it last, and never as an option or a file", (prompt, continues, own, expected) => {
  expect(pi.composeArgs({ prompt, opening: undefined, continues, needed: ["--sys"], own })).toEqual([...expected])
})

const ANTHROPIC = "https api.anthropic.com:443 anthropic-messages ANTHROPIC_OAUTH_TOKEN,ANTHROPIC_API_KEY"
const OPENAI = "https api.openai.com:443"

// biome-ignore format: a table
test.each([
  // settings                                                                              route and credentials
  [{},                                                                                     ANTHROPIC],
  [{ api: "anthropic-messages", model: "m" },                                              ANTHROPIC],
  [{ api: "openai-responses" },                                                            `${OPENAI} openai-responses OPENAI_API_KEY`],
  [{ api: "openai-completions", model: "m" },                                              `${OPENAI} chat-completions OPENAI_API_KEY`],
  [{ api: "openai-responses", baseUrl: "https://api.openai.com" },                         `${OPENAI} openai-responses OPENAI_API_KEY`],
  [{ api: "openai-completions", model: "m", baseUrl: "https://gw.example:8443/v1", tokenRef: "T" }, "https gw.example:8443 chat-completions OPENAI_API_KEY"],
  [{ api: "ollama", model: "m", baseUrl: "http://ollama.internal:11434" },                 "http ollama.internal:11434 ollama free"],
  [{ api: "ollama", model: "m", baseUrl: "http://192.168.1.5" },                           "http 192.168.1.5:80 ollama free"],
] as const)("settings %j give one metered route and its credentials", (settings, expected) => {
  const { routes, credentials, isCredentialFree } = configured(settings)
  const [route, ...others] = routes
  expect(others).toEqual([])
  const names = isCredentialFree === true ? "free" : credentials.map(({ name }) => name).join(",")
  expect(`${route?.scheme} ${route?.host}:${route?.port} ${route?.metering?.api} ${names}`).toBe(expected)
  expect(route).toMatchObject({ effect: "allow", inspect: true, metering: { provider: "pi" } })
})

// biome-ignore format: a table
test.each([
  [{ baseUrl: "https://gw.example" },                                              "gw.example needs 'token_ref': the key of another host is not sent there"],
  [{ baseUrl: "https://api.anthropic.com:8443" },                                  "api.anthropic.com needs 'token_ref': the key of another host is not sent there"],
  [{ baseUrl: "https://api.openai.com" },                                          "api.openai.com needs 'token_ref': the key of another host is not sent there"],
  [{ api: "ollama", model: "m", baseUrl: "http://o.internal", tokenRef: "T" },     "'token_ref' would go over plain http://, readable on its way"],
] as const)("INV-11: settings %j would send a key where it does not belong", (settings, why) => {
  expect(pi.configure?.(settings)).toMatchObject({ outcome: "refused", why })
})

// biome-ignore format: a table
test.each([
  [{ api: "ollama", model: "m" },                                       "api 'ollama' needs 'base_url'"],
  [{ api: "ollama", model: "m", baseUrl: "http://localhost:11434" },    "'base_url' names localhost, which in a bottle is the bottle itself"],
  [{ api: "ollama", model: "m", baseUrl: "http://x.localhost" },        "'base_url' names x.localhost, which in a bottle is the bottle itself"],
  [{ api: "ollama", model: "m", baseUrl: "http://127.0.0.1:11434" },    "'base_url' names 127.0.0.1, which in a bottle is the bottle itself"],
  [{ api: "ollama", model: "m", baseUrl: "http://[::1]:11434" },        "'base_url' names ::1, which in a bottle is the bottle itself"],
  [{ api: "ollama", model: "m", baseUrl: "https://10.0.0.1" },          "'base_url' is https:// at an address, which no certificate names"],
  [{ api: "ollama", baseUrl: "http://o.internal" },                     "'ollama' needs 'model': Pi knows no models of it"],
  [{ api: "openai-completions" },                                       "'openai-chat' needs 'model': Pi knows no models of it"],
  [{ api: "gopher" },                                                   "api 'gopher' is not one Pi speaks"],
] as const)("settings %j cannot work, and say so", (settings, why) => {
  const result = pi.configure?.(settings)
  expect(result).toMatchObject({ outcome: "refused", why })
  expect(result?.outcome === "refused" && result.hint).not.toBe("")
})

// biome-ignore format: a table
test.each([
  [{},                                                                          { anthropic: { baseUrl: "https://api.anthropic.com" } }],
  [{ provider: "gw", model: "m", baseUrl: "https://gw.example/", tokenRef: "T" }, { gw: { baseUrl: "https://gw.example", api: "anthropic-messages", models: [{ id: "m" }] } }],
  [{ api: "ollama", model: "q:7b", baseUrl: "http://o.internal:11434" },          { ollama: { baseUrl: "http://o.internal:11434/v1", api: "openai-completions", models: [{ id: "q:7b" }], compat: { supportsDeveloperRole: false, supportsReasoningEffort: false } } }],
] as const)("settings %j are one provider in Pi's own words, with a placeholder for its key", (settings, expected) => {
  const { files } = configured(settings).guest(guestSetup({ credential: { name: "ANTHROPIC_OAUTH_TOKEN" } }))
  const { providers } = JSON.parse(files.find(({ path }) => path === ".pi/agent/models.json")?.content ?? "")
  const apiKey = expect.stringMatching(/^sk-ant-oat01-bot-bottle-placeholder/)
  const withKey = Object.entries(expected).map(([name, entry]) => [name, { ...entry, apiKey }])
  expect(providers).toEqual(Object.fromEntries(withKey))
})

test("the guest holds a placeholder, calls nobody at its start, and has the agent's body in a file", () => {
  const chosen = configured({ model: "m" })
  const placeholders = chosen.placeholders({ name: "ANTHROPIC_API_KEY" })
  const { env, args, files } = chosen.guest(guestSetup({ placeholders, systemPrompt: "Be brief." }))
  expect(env).toEqual({
    ANTHROPIC_API_KEY: expect.stringContaining("placeholder"),
    NODE_EXTRA_CA_CERTS: "/run/share/ca.pem",
    PI_OFFLINE: "1",
    PI_TELEMETRY: "0",
  })
  const agent = "/home/node/.bot-bottle/agent.md"
  expect(args).toEqual(["--provider", "anthropic", "--model", "m", "--append-system-prompt", agent])
  expect(files.at(-1)).toEqual({ path: ".bot-bottle/agent.md", content: "Be brief." })
})

function configured(settings: ProviderSettings): Provider {
  const result = pi.configure?.(settings)
  if (result?.outcome !== "configured") throw new Error(JSON.stringify(result))
  return result.provider
}
