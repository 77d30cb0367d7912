import { expect, test } from "bun:test"
import { readJson } from "@bot-bottle/testkit"
import { route, startTestProxy } from "./testing/index.ts"

const ROUTES = [
  route("api.example.com"),
  route("api.example.com", { port: 8443 }),
  route("plain.example.com", { scheme: "http" }),
  route("*.wild.example.com"),
  route("secret.wild.example.com", { effect: "deny" }),
  route("part.wild.example.com", { effect: "deny", port: 8443 }),
  route("10.1.2.3", { inspect: false }),
]

// biome-ignore format: a table
test.each([
  // name asked for                ports
  ["api.example.com",              [443, 8443]],
  ["API.example.com.",             [443, 8443]],
  ["plain.example.com",            [80]],
  ["a.b.wild.example.com",         [443]],
  ["part.wild.example.com",        [443]],
  ["bot-bottle.internal",          [443, 80]],
  ["secret.wild.example.com",      []],
  ["wild.example.com",             []],
  ["evil.test",                    []],
  ["10.1.2.3",                     []],
  ["a b",                          []],
  ["",                             []],
] as const)("the host says on which ports %p may be reached", async (name, ports) => {
  await using proxy = await startTestProxy({ routes: ROUTES })
  expect(await lookUp(proxy, name)).toEqual([...ports])
})

test("a name looked for in vain is a refusal in the log, and the self-test's own name is not", async () => {
  await using proxy = await startTestProxy({ routes: ROUTES })
  for (const name of ["evil.test", "self-test.bot-bottle.internal", "api.example.com"]) await lookUp(proxy, name)
  expect(proxy.events().map(({ id: _id, at: _at, ...event }) => event)).toEqual([
    { kind: "denied", reason: "host-not-allowed", host: "evil.test", port: 53 },
  ])
})

test("a cut takes the names with the routes; restore brings them back", async () => {
  await using proxy = await startTestProxy({ routes: ROUTES })
  await proxy.control("POST", "/cutoff")
  expect(await lookUp(proxy, "api.example.com")).toEqual([])
  await proxy.control("POST", "/restore")
  expect(await lookUp(proxy, "api.example.com")).toEqual([443, 8443])
})

async function lookUp(proxy: Awaited<ReturnType<typeof startTestProxy>>, name: string): Promise<readonly number[]> {
  using raw = await proxy.open("bot-bottle.internal:443")
  raw.send(`GET /lookup?name=${encodeURIComponent(name)} HTTP/1.1\r\nHost: bot-bottle.internal\r\n\r\n`)
  const answer = await raw.readResponse()
  return readJson(`${answer?.body}`, { ports: ["number"] }).ports
}
