import { expect, test } from "bun:test"
import { createRouteLookup, type OpenPorts } from "./route-lookup.ts"

test("what the host said holds for a moment, and a changed route table is seen after it", async () => {
  const host = createHost({ "api.example.com": [443] })
  const lookup = createRouteLookup(host)
  const seen = [await lookup.find("api.example.com"), await lookup.find("api.example.com"), await lookup.find("b.test")]
  host.routes = { "b.test": [80] }
  host.now = 499
  seen.push(await lookup.find("api.example.com"))
  host.now = 500
  seen.push(await lookup.find("api.example.com"), await lookup.find("b.test"))
  expect(seen).toEqual([[443], [443], [], [443], [], [80]])
  expect(host.asked).toEqual(["api.example.com", "b.test", "api.example.com", "b.test"])
})

test("many who ask for one name at once are one question; too many names at once are not asked for", async () => {
  const host = createHost({ "a.test": [443] })
  const lookup = createRouteLookup({ ...host, mostWaiting: 2 })
  const found = await Promise.all(["a.test", "a.test", "b.test", "c.test", "a.test"].map((name) => lookup.find(name)))
  expect(found).toEqual([[443], [443], [], undefined, [443]])
  expect(await lookup.find("c.test")).toEqual([])
})

test("a host that does not answer is asked again the next time", async () => {
  let answers = false
  const lookup = createRouteLookup({ ask: async () => (answers ? [443] : undefined), nowMs: () => 0 })
  const first = await lookup.find("a.test")
  answers = true
  expect([first, await lookup.find("a.test")]).toEqual([undefined, [443]])
})

function createHost(routes: Record<string, OpenPorts>) {
  const host = {
    routes,
    now: 0,
    asked: [] as string[],
    nowMs: () => host.now,
    ask: async (name: string) => {
      host.asked.push(name)
      return host.routes[name] ?? []
    },
  }
  return host
}
