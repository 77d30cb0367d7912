import { expect, test } from "bun:test"
import { type Ask, type CredentialedRoute, Secret } from "@bot-bottle/contracts"
import { createRouteTable } from "@bot-bottle/egress"
import { route } from "../testing/test-proxy.ts"
import { grantedRoutes } from "./granted-routes.ts"

const HOLD = { kind: "hold", cause: "host-not-allowed", host: "a.io", port: 443 } as const
const ROUTE = { kind: "route", host: "a.io" } as const
const KEY = { secret: new Secret("s3cret-s3cret"), injection: { header: "x-key", template: "{secret}" } }
const MASKED = { outbound: "redact", detect: ["known_secrets"] } as const
const POSTS = [{ methods: ["POST"], paths: "every", headers: [] }] as const

// biome-ignore format: a table
test.each([
  // the operator granted                                     beside these routes                      opens
  [HOLD,                                                        [],                                      { host: "a.io", port: 443, scheme: "https", matches: "every" }],
  [{ ...HOLD, port: 80, scheme: "http" },                       [],                                      { host: "a.io", port: 80, scheme: "http", matches: "every" }],
  [ROUTE,                                                       [],                                      { host: "a.io", port: 443, scheme: "https", matches: "every" }],
  [{ ...ROUTE, host: "*.a.io" },                                [],                                      { host: "*.a.io", port: 443, scheme: "https", matches: "every" }],
  [{ ...ROUTE, methods: ["GET"] },                              [route("a.io", { matches: POSTS })],     { host: "a.io", port: 443, scheme: "https", matches: [{ methods: ["GET"], paths: "every", headers: [] }] }],
  [{ ...ROUTE, paths: ["/x"] },                                 [route("a.io", { dlp: MASKED })],        { host: "a.io", port: 443, scheme: "https", matches: [{ methods: "every", paths: [{ type: "prefix", value: "/x" }], headers: [] }], dlp: MASKED }],
] as const)("%j beside %j opens %j, without a credential", (ask, listed, opened) => {
  const common = { effect: "allow", inspect: true, origin: "approval #7" } as const
  const granted = grantedRoutes([{ id: 7, ask }], listed, undefined)
  expect(granted).toEqual([{ ...common, ...opened }])
  // A table takes them side by side.
  expect(createRouteTable<CredentialedRoute>([...listed, ...granted]).routes.length).toBe(listed.length + 1)
})

// biome-ignore format: a table
test.each([
  // the operator granted                                     beside these routes
  [ROUTE,                                                       [route("a.io", { ...KEY, matches: POSTS })]],
  [HOLD,                                                        [route("a.io", { metering: { provider: "claude", api: "anthropic-messages" } })]],
  [ROUTE,                                                       [route("a.io", { inspect: false })]],
  [ROUTE,                                                       [route("a.io", { ownAnswer: "login" })]],
  [{ ...HOLD, cause: "dlp-match" },                             []],
  [{ kind: "budget", provider: "claude", tokens: 5 },           []],
  [{ kind: "tool", package: "left-pad" },                       []],
  [{ ...HOLD, host: "10.0.0.1" },                               []],
  [{ ...ROUTE, host: "forge.bot-bottle.internal" },             []],
  [{ ...ROUTE, host: "A.io." },                                 []],
  [{ ...ROUTE, paths: ["no slash"] },                           []],
] as const)("%j opens nothing beside these routes", (ask, listed) => {
  expect(grantedRoutes([{ id: 7, ask: ask as Ask }], listed, undefined)).toEqual([])
})

test("the bottle's own rule on credentials holds for a granted host", () => {
  expect(grantedRoutes([{ id: 7, ask: HOLD }], [], MASKED)).toEqual([expect.objectContaining({ dlp: MASKED })])
})

test("a deny route beats every grant", () => {
  const denied = route("a.io", { effect: "deny" })
  const table = createRouteTable([denied, ...grantedRoutes([{ id: 7, ask: HOLD }], [denied], undefined)])
  const authority = { kind: "name", host: "a.io", port: 443 } as Parameters<typeof table.decideTunnel>[0]
  expect(table.decideTunnel(authority, "https")).toMatchObject({ outcome: "deny", reason: "host-not-allowed" })
})
