// The lines that a verdict offers, read back by the manifest's own reader. They say every rule of the
// route: an operator who pastes them gets the route that was tried.

import { expect, test } from "bun:test"
import type { Route, RouteMatch } from "@bot-bottle/contracts"
import { composeBottles, parseBottle } from "@bot-bottle/manifest"
import { describeEdit } from "@bot-bottle/policy"

/** `Required`: a rule that is added to a route has to be tried here. */
const MATCH: Required<RouteMatch> = {
  methods: ["GET", "POST"],
  paths: [
    { type: "exact", value: "/a b" },
    { type: "prefix", value: "/repos/acme/" },
    { type: "regex", value: "^/v[0-9]+/x$" },
  ],
  headers: [{ name: "accept", value: "text/html: 1" }],
}
type Written = Omit<Route, "injection" | "metering" | "dlp">
const PLAIN: Required<Written> = {
  host: "*.example.com",
  port: 8443,
  scheme: "https",
  effect: "allow",
  inspect: true,
  matches: [MATCH],
  origin: "bottle dev",
}

test.each<[string, Required<Written>]>([
  ["with every rule", PLAIN],
  ["of plain HTTP", { ...PLAIN, scheme: "http", port: 8080 }],
  ["that denies", { ...PLAIN, effect: "deny" }],
  ["that is not inspected", { ...PLAIN, host: "10.0.0.1", inspect: false, matches: "every" }],
])("a route %s is written as the manifest reads it", (_which, route) => {
  const lines = describeEdit({ kind: "add", route }).map((line) => `    ${line}\n`)
  const text = `---\negress:\n  routes:\n${lines.join("")}---\n`
  const parsed = parseBottle(text, { name: "dev", file: "dev.md", providers: ["claude"] })
  const composed = composeBottles(["dev"], { names: ["dev"], find: () => parsed })
  if (composed.outcome === "broken") throw new Error(composed.problems[0]?.message)
  // A denial closes plain HTTP with it.
  expect(composed.bottle.routes.map(({ at: _, ...read }) => read)).toContainEqual(route)
})
