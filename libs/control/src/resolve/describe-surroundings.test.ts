import { expect, test } from "bun:test"
import type { CredentialedRoute } from "@bot-bottle/contracts"
import { describeSurroundings } from "./describe-surroundings.ts"

test("describeSurroundings: names allowed hosts once, denied ones never, and cuts a long list", () => {
  const few = [
    route("a.example"),
    route("a.example"),
    route("b.example"),
    { ...route("bad.example"), effect: "deny" as const },
  ]
  expect(describeSurroundings({ routes: few })).toContain("reaches only these hosts: a.example, b.example. Any other")
  const many = Array.from({ length: 25 }, (_, index) => route(`h${index}.example`))
  expect(describeSurroundings({ routes: many })).toContain("h19.example, and 5 more.")
  expect(describeSurroundings({ routes: [] })).toContain("these hosts: none.")
})

function route(host: string): CredentialedRoute {
  return { host, port: 443, scheme: "https", effect: "allow", inspect: true, matches: "every", origin: "bottle dev" }
}
