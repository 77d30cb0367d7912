import { expect, test } from "bun:test"
import type { CredentialedRoute, RouteMatch } from "@bot-bottle/contracts"
import { listOpenRoutes } from "./open-routes.ts"

const ALL: RouteMatch = { methods: "every", paths: [{ type: "prefix", value: "/" }], headers: [] }

// biome-ignore format: a table
test.each([
  // the rule beside a route                                                                 open
  [{ effect: "deny", matches: [ALL] },                                                       false],
  [{ effect: "deny", matches: "every" },                                                     false],
  [{ effect: "deny", matches: [{ ...ALL, paths: "every" }] },                                false],
  [{ effect: "deny", matches: [{ ...ALL, methods: ["POST"] }] },                             true],
  [{ effect: "deny", matches: [{ ...ALL, paths: [{ type: "prefix", value: "/admin/" }] }] }, true],
  [{ effect: "deny", matches: [{ ...ALL, headers: [{ name: "x-a", value: "1" }] }] },        true],
  [{ effect: "deny", matches: [ALL], port: 8443 },                                           true],
  [{ effect: "deny", matches: [ALL], host: "b.example" },                                    true],
  [{ effect: "allow", matches: [ALL] },                                                      true],
] as const)("listOpenRoutes: beside %j a route is open: %p", (rule, isOpen) => {
  const hosts = listOpenRoutes([route({}), route(rule)]).map(({ host }) => host)
  expect(hosts.includes("a.example")).toBe(isOpen)
})

function route(change: Partial<CredentialedRoute>): CredentialedRoute {
  return {
    host: "a.example",
    port: 443,
    scheme: "https",
    effect: "allow",
    inspect: true,
    matches: "every",
    origin: "x",
    ...change,
  }
}
