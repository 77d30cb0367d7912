import { expect, test } from "bun:test"
import { createRouteLookup, type OpenPorts } from "./route-lookup.ts"

test("what the host said holds for a moment, and a changed route table is seen after it", async () => {
  const host = createHost({ "api.example.com": on(443) })
  const lookup = createRouteLookup(host)
  const seen = [await lookup.find("api.example.com"), await lookup.find("api.example.com"), await lookup.find("b.test")]
  host.routes = { "b.test": on(80) }
  host.now = 499
  seen.push(await lookup.find("api.example.com"))
  host.now = 500
  seen.push(await lookup.find("api.example.com"), await lookup.find("b.test"))
  expect(seen).toEqual([on(443), on(443), on(), on(443), on(), on(80)])
  expect(host.asked).toEqual(["api.example.com", "b.test", "api.example.com", "b.test"])
})

test("many who ask for one name at once are one question; too many names at once are not asked for", async () => {
  const host = createHost({ "a.test": on(443) })
  const lookup = createRouteLookup({ ...host, mostWaiting: 2 })
  const found = await Promise.all(["a.test", "a.test", "b.test", "c.test", "a.test"].map((name) => lookup.find(name)))
  expect(found).toEqual([on(443), on(443), on(), undefined, on(443)])
  expect(await lookup.find("c.test")).toEqual(on())
})

test("a host that does not answer is asked again the next time", async () => {
  let answers = false
  const lookup = createRouteLookup({ ask: async () => (answers ? on(443) : undefined), nowMs: () => 0 })
  const first = await lookup.find("a.test")
  answers = true
  expect([first, await lookup.find("a.test")]).toEqual([undefined, on(443)])
})

function on(...ports: readonly number[]): OpenPorts {
  return { ports, isUnlisted: ports.length === 0 }
}

function createHost(routes: Record<string, OpenPorts>) {
  const host = {
    routes,
    now: 0,
    asked: [] as string[],
    nowMs: () => host.now,
    ask: async (name: string) => {
      host.asked.push(name)
      return host.routes[name] ?? on()
    },
  }
  return host
}
