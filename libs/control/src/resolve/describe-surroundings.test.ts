import { expect, test } from "bun:test"
import type { CredentialedRoute } from "@bot-bottle/contracts"
import { describeSurroundings } from "./describe-surroundings.ts"

const QUIET = { supervise: false } as const

test("describeSurroundings: names allowed hosts once, denied ones never, and cuts a long list", () => {
  const few = [
    route("a.example"),
    route("a.example"),
    route("b.example"),
    { ...route("bad.example"), effect: "deny" as const },
  ]
  expect(describeSurroundings({ routes: few, bottle: QUIET })).toContain(
    "reaches only these hosts: a.example, b.example. Any other",
  )
  const many = Array.from({ length: 25 }, (_, index) => route(`h${index}.example`))
  expect(describeSurroundings({ routes: many, bottle: QUIET })).toContain("h19.example, and 5 more.")
  expect(describeSurroundings({ routes: [], bottle: QUIET })).toContain("these hosts: none.")
})

// biome-ignore format: a table
test.each([
  // bottle                                      names the tools  says that requests wait
  [QUIET,                                          false,           false],
  [{ supervise: true },                            true,            false],
  [{ supervise: true, onUnlisted: "ask" },         true,            true],
  [{ supervise: false, onUnlisted: "ask" },        false,           false],
] as const)("describeSurroundings: %j", (bottle, asks, waits) => {
  const text = describeSurroundings({ routes: [], bottle })
  expect([text.includes("propose_route"), text.includes("waits for the operator")]).toEqual([asks, waits])
})

function route(host: string): CredentialedRoute {
  return { host, port: 443, scheme: "https", effect: "allow", inspect: true, matches: "every", origin: "bottle dev" }
}
