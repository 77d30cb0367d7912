import { expect, test } from "bun:test"
import { providerCount } from "./provider-count.ts"

const MESSAGES = [{ role: "user", content: "Grüße" }]

test("the counting endpoint is asked with what makes up the input, and with nothing else", () => {
  const input = {
    model: "claude-opus-4-8",
    messages: MESSAGES,
    system: [{ type: "text", text: "Be brief.", cache_control: { type: "ephemeral" } }],
    tools: [{ name: "read", input_schema: {} }],
    tool_choice: { type: "auto" },
    thinking: { type: "adaptive" },
  }
  const others = { max_tokens: 32_000, stream: true, temperature: 1, metadata: { user_id: "u" }, stop_sequences: [] }
  const asked = providerCount.request("/v1/messages?beta=true", bytes({ ...others, ...input }))
  expect({ ...asked, body: JSON.parse(asked!.body) }).toEqual({
    target: "/v1/messages/count_tokens?beta=true",
    body: input,
  })
})

// biome-ignore format: a table
test.each([
  // what the request has                                     asked
  [{ tools: [{ name: "bash" }] },                             true],
  [{ tools: [{ type: "bash_20250124", name: "bash" }] },      true],
  [{ tools: [{ type: "web_search_20250305" }] },              false],
  [{ tools: [{ name: "a" }, { type: "web_fetch_20250910" }] }, false],
  [{ mcp_servers: [{ type: "url", url: "https://x.example" }] }, false],
  [{ container: { skills: ["pdf"] } },                        false],
  [{ service_tier: "auto", top_k: 5 },                        true],
] as const)("a count that would leave out what is read at the provider is not asked for: %j: %p", (more, asked) => {
  const request = providerCount.request("/v1/messages", bytes({ model: "m", messages: MESSAGES, ...more }))
  expect(request !== undefined).toBe(asked)
})

// biome-ignore format: a table
test.each([
  ['{"input_tokens":2095}',             2095],
  ['{"input_tokens":0,"context_management":{"original_input_tokens":9}}', 0],
  ['{"input_tokens":"2095"}',           undefined],
  ['{"input_tokens":-1}',               undefined],
  ['{"input_tokens":1.5}',              undefined],
  ['{"type":"error"}',                  undefined],
  ["[2095]",                            undefined],
  ["",                                  undefined],
] as const)("the answer %s counts %p", (body, tokens) => {
  expect(providerCount.read(new TextEncoder().encode(body))).toBe(tokens)
})

test("a body that is not a request is not asked about", () => {
  expect(providerCount.request("/v1/messages", bytes([1]))).toBeUndefined()
})

function bytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value))
}
