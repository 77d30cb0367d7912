import { expect, test } from "bun:test"
import { type Hostname, OperatorProblem, Secret } from "@bot-bottle/contracts"
import { createRouteTable } from "@bot-bottle/egress/routes"
import type { PlacedRoute } from "@bot-bottle/manifest"
import { findProvider, listProviders, type ProviderSettings, type VariableCredential } from "@bot-bottle/providers"
import { attachCredentials, type RouteSources } from "./attach-credentials.ts"

const claude = findProvider("claude")!
const command = findProvider("command")!
const METERED = { provider: "claude", api: "anthropic-messages" }

test("attachCredentials: the provider's route carries its credential when no manifest speaks of the host", () => {
  expect(shown(attachCredentials(sources({})))).toEqual([
    { host: "api.anthropic.com", origin: "provider claude", metering: METERED, header: "x-api-key", secret: "real" },
  ])
})

test("attachCredentials: a manifest's route wins for its host, keeps its rules and its own credential", () => {
  const matches = [{ methods: ["POST"], paths: "every", headers: [] }] as const
  const own = {
    ...spec("api.anthropic.com"),
    matches,
    injection: { header: "x-own", template: "{secret}" },
    tokenRef: "OWN",
  }
  const [route, ...others] = attachCredentials(sources({ manifest: [own] }))
  expect(others).toEqual([])
  expect([route?.matches, shown([route!])]).toEqual([
    matches,
    [{ host: "api.anthropic.com", origin: "bottle dev", metering: METERED, header: "x-own", secret: "own" }],
  ])
})

test("INV-43: a manifest's route without auth to a billed host is metered, with the provider's credential", () => {
  expect(shown(attachCredentials(sources({ manifest: [spec("api.anthropic.com")] })))).toEqual([
    { host: "api.anthropic.com", origin: "bottle dev", metering: METERED, header: "x-api-key", secret: "real" },
  ])
})

test("INV-43: so is one in a bottle whose harness meters nothing, once it has a credential", () => {
  const own = {
    ...spec("api.anthropic.com"),
    injection: { header: "x-api-key", template: "{secret}" },
    tokenRef: "OWN",
  }
  const routes = attachCredentials(sources({ harness: command, metered: [], manifest: [own] }))
  expect(shown(routes)).toEqual([
    { host: "api.anthropic.com", origin: "bottle dev", metering: METERED, header: "x-api-key", secret: "own" },
  ])
})

// biome-ignore format: a table
test.each([
  [{ inspect: false },                    "dev.md:7: api.anthropic.com is billed by provider 'claude' and must be inspected"],
  [{ scheme: "http", port: 80 } as const, "dev.md:7: api.anthropic.com is billed by provider 'claude' and must be inspected"],
] as const)("INV-43: a billed host with %j is refused", (change, message) => {
  const manifest = [{ ...spec("api.anthropic.com"), ...change }]
  expect(() => attachCredentials(sources({ manifest }))).toThrow(new OperatorProblem(message))
})

test("INV-43: a wildcard over a billed host is refused, unless that host has a route of its own", () => {
  const key = { injection: { header: "x-api-key", template: "{secret}" }, tokenRef: "OWN" }
  const wild = { ...spec("*.anthropic.com"), ...key }
  const message = "dev.md:7: *.anthropic.com covers api.anthropic.com, which provider 'claude' bills"
  const unmetered = { harness: command, metered: [] }
  expect(() => attachCredentials(sources({ ...unmetered, manifest: [wild] }))).toThrow(new OperatorProblem(message))
  expect(() => attachCredentials(sources({ manifest: [{ ...wild, port: 8443 }] }))).toThrow(
    new OperatorProblem(message),
  )
  // Control: the host itself is metered, whoever listed it, and the wildcard has the rest.
  for (const set of [
    { manifest: [wild] },
    { ...unmetered, manifest: [wild, { ...spec("api.anthropic.com"), ...key }] },
  ])
    expect(attachCredentials(sources(set)).map(({ host, metering }) => [host, metering?.provider])).toEqual([
      ["*.anthropic.com", undefined],
      ["api.anthropic.com", "claude"],
    ])
  const others = [{ ...wild, host: "*.example.com" }]
  expect(attachCredentials(sources({ ...unmetered, manifest: others }))).toHaveLength(1)
})

test("INV-43: a billed host without any credential is refused", () => {
  const bare = sources({ harness: command, metered: [], manifest: [spec("api.anthropic.com")] })
  expect(() => attachCredentials(bare)).toThrow(
    new OperatorProblem("dev.md:7: api.anthropic.com is billed by provider 'claude' but the route has no credential"),
  )
})

test("INV-43: through a host of the provider's that the found credential does not open nothing passes, and no credential", () => {
  const codex = findProvider("codex")!
  const key = codex.credentials.find((one) => one.name === "OPENAI_API_KEY") as VariableCredential
  const found = { ...key, secret: new Secret("real"), held: { name: key.name } }
  const run = { harness: codex, metered: [codex], credentials: new Map([["codex", found]]) }
  const credentialed = attachCredentials(sources(run))
  expect(credentialed.map(({ host, effect, secret }) => [host, effect, secret?.reveal()])).toEqual([
    ["api.openai.com", "allow", "real"],
    ["chatgpt.com", "allow", undefined],
    ["chatgpt.com", "deny", undefined],
  ])
  const table = createRouteTable(credentialed)
  const decide = (host: string, path: string) => {
    const authority = { host: host as Hostname, kind: "name", port: 443 } as const
    return [
      table.decideTunnel(authority, "https").outcome,
      table.decideRequest(authority, "https", { method: "POST", path, headers: {} }).outcome,
    ]
  }
  for (const path of ["/", "/backend-api/codex/responses", "//x", "/a/../b"]) {
    expect(decide("chatgpt.com", path)).toEqual(["allow", "deny"])
  }
  expect(decide("api.openai.com", "/v1/responses")).toEqual(["allow", "allow"])
  expect(() => attachCredentials(sources({ ...run, manifest: [spec("chatgpt.com")] }))).toThrow(
    new OperatorProblem("dev.md:7: chatgpt.com is billed by provider 'codex' but the route has no credential"),
  )
})

test("INV-43: a model server without a credential is metered, also when a manifest speaks of its host", () => {
  const server = { api: "ollama", model: "m", baseUrl: "http://ollama.internal:11434" }
  const pi = configured("pi", server)
  const run = { harness: pi, metered: [pi], known: [...listProviders(), pi], credentials: new Map() }
  const place = { host: "ollama.internal", port: 11_434, scheme: "http" } as const
  for (const manifest of [[], [{ ...spec(place.host), ...place }]]) {
    expect(attachCredentials(sources({ ...run, manifest }))).toMatchObject([
      { ...place, metering: { provider: "pi", api: "ollama" } },
    ])
  }
  const passthrough = [{ ...spec(place.host), inspect: false }]
  expect(() => attachCredentials(sources({ ...run, manifest: passthrough }))).toThrow("must be inspected")
})

test("INV-43: a host that two of a run's providers would bill is refused; one of them alone has it", () => {
  const pi = configured("pi", {})
  const held = {
    name: "ANTHROPIC_API_KEY",
    secret: new Secret("real"),
    injection: { header: "x-api-key", template: "{secret}" },
  }
  const credentials = new Map(["claude", "pi"].map((name) => [name, { ...held, held }]))
  const run = { harness: command, known: [...listProviders(), pi], credentials }
  expect(() => attachCredentials(sources({ ...run, metered: [claude, pi] }))).toThrow(
    new OperatorProblem("api.anthropic.com would be billed by both provider claude and provider pi"),
  )
  expect(attachCredentials(sources({ ...run, metered: [pi] })).map(({ metering }) => metering?.provider)).toEqual([
    "pi",
  ])
})

test("attachCredentials: a deny route takes nothing away but what it denies, and gets no credential", () => {
  const deny = { ...spec("api.anthropic.com"), effect: "deny" } as const
  expect(shown(attachCredentials(sources({ manifest: [deny] })))).toEqual([
    { host: "api.anthropic.com", origin: "bottle dev", metering: undefined, header: undefined, secret: undefined },
    { host: "api.anthropic.com", origin: "provider claude", metering: METERED, header: "x-api-key", secret: "real" },
  ])
})

function configured(name: string, settings: ProviderSettings) {
  const result = findProvider(name)?.configure?.(settings)
  if (result?.outcome !== "configured") throw new Error(JSON.stringify(result))
  return result.provider
}

function sources(change: Partial<RouteSources>): RouteSources {
  const { name, injection } = claude.credentials.find((one) => one.name === "ANTHROPIC_API_KEY") as VariableCredential
  return {
    manifest: [],
    harness: claude,
    metered: [claude],
    known: listProviders(),
    credentials: new Map([["claude", { name, secret: new Secret("real"), injection, held: { name } }]]),
    missing: [],
    find: (name) => (name === "OWN" ? "own" : undefined),
    ...change,
  }
}

function spec(host: string): PlacedRoute {
  return {
    host,
    port: 443,
    scheme: "https",
    effect: "allow",
    inspect: true,
    matches: "every",
    origin: "bottle dev",
    at: "dev.md:7",
  }
}

function shown(routes: ReturnType<typeof attachCredentials>) {
  return routes.map(({ host, origin, metering, injection, secret }) => ({
    host,
    origin,
    metering,
    header: injection?.header,
    secret: secret?.reveal(),
  }))
}

test("what a bottle says is looked for holds for every route that is looked into and says nothing itself", () => {
  const dlp = { outbound: "redact", detect: ["known_secrets"] } as const
  const own = { outbound: "off", detect: ["known_secrets"] } as const
  const manifest = [
    { ...spec("a.example.com"), dlp: own },
    spec("b.example.com"),
    { ...spec("c.example.com"), inspect: false },
    { ...spec("d.example.com"), effect: "deny" as const },
  ]
  const credentialed = (more: { readonly dlp?: typeof dlp }) =>
    attachCredentials(sources({ manifest, ...more })).map((route) => [route.host, route.dlp])
  expect(credentialed({ dlp })).toEqual([
    ["a.example.com", own],
    ["b.example.com", dlp],
    ["c.example.com", undefined],
    ["d.example.com", undefined],
    ["api.anthropic.com", dlp],
  ])
  expect(credentialed({})[1]).toEqual(["b.example.com", undefined])
})
