import { expect, test } from "bun:test"
import type { Route } from "@bot-bottle/contracts"
import { isFetchListed, listFetchableNames } from "./server-fetch.ts"

const some = [{ methods: ["GET"], paths: "every", headers: [] }] as const
const row = (host: string, more: Partial<Route> = {}): Route => ({
  host,
  port: 443,
  scheme: "https",
  effect: "allow",
  inspect: true,
  matches: "every",
  origin: "test",
  ...more,
})

// biome-ignore format: a table
test.each([
  // routes                                                                   host               listed
  [[],                                                                        "a.example",       false],
  [[row("a.example")],                                                        "a.example",       true],
  [[row("a.example")],                                                        "A.Example.",      true],
  [[row("a.example")],                                                        "b.a.example",     false],
  [[row("a.example")],                                                        "evila.example",   false],
  [[row("a.example")],                                                        "*.a.example",     false],
  [[row("*.a.example")],                                                      "a.example",       false],
  [[row("*.a.example")],                                                      "b.a.example",     true],
  [[row("*.a.example")],                                                      "*.a.example",     true],
  [[row("*.a.example")],                                                      "*.b.a.example",   true],
  [[row("*.b.a.example")],                                                    "*.a.example",     false],
  [[row("a.example", { matches: some })],                                     "a.example",       false],
  [[row("a.example", { matches: some }), row("a.example")],                   "a.example",       true],
  [[row("a.example", { port: 8443 })],                                        "a.example",       false],
  [[row("a.example", { scheme: "http", port: 80 })],                          "a.example",       false],
  [[row("a.example", { inspect: false })],                                    "a.example",       true],
  [[row("a.example"), row("a.example", { effect: "deny", matches: some })],   "a.example",       false],
  [[row("*.a.example"), row("b.a.example", { effect: "deny" })],              "*.a.example",     false],
  [[row("*.a.example"), row("b.a.example", { effect: "deny" })],              "c.a.example",     true],
  [[row("*.a.example"), row("b.a.example", { matches: some })],               "*.a.example",     false],
  [[row("*.a.example"), row("b.a.example", { matches: some })],               "b.a.example",     false],
  [[row("a.example"), row("*.example", { effect: "deny" })],                  "a.example",       false],
  [[row("192.0.2.1", { inspect: false })],                                    "192.0.2.1",       true],
  [[row("a.example")],                                                        "a.example/x",     false],
  [[row("a.example")],                                                        "",                false],
  [[row("a.example")],                                                        "*",               false],
] as const)("INV-112: with %j, %j is listed: %p", (routes, host, listed) => {
  expect(isFetchListed(routes, host)).toBe(listed)
})

test("the names a filter may be given are those of whole https routes, without their wildcards", () => {
  const routes = [
    row("a.example"),
    row("*.b.example"),
    row("b.example"),
    row("c.example", { matches: some }),
    row("d.example", { port: 8443 }),
    row("192.0.2.1", { inspect: false }),
    row("e.example", { effect: "deny" }),
  ]
  expect(listFetchableNames(routes)).toEqual(["a.example", "b.example"])
})
