// Requests inside a tunnel: methods, paths and headers.

import { describe, expect, test } from "bun:test"
import { createRouteTable } from "./decide.ts"
import { authority, get, match, outcomeOf, route } from "./testing/routes-fixture.ts"

describe("decideRequest()", () => {
  const table = createRouteTable([
    route({
      host: "api.example.com",
      matches: [
        match({ methods: ["GET"], paths: [{ type: "prefix", value: "/repos/acme/" }] }),
        match({
          methods: ["POST"],
          paths: [{ type: "exact", value: "/graphql" }],
          headers: [{ name: "Accept", value: "x/y" }],
        }),
        match({ methods: ["DELETE"], paths: [{ type: "regex", value: "/tmp/[a-z]+" }] }),
        match({ methods: ["PUT"], paths: [{ type: "prefix", value: "/café/a b" }] }),
      ],
    }),
    route({
      host: "api.example.com",
      effect: "deny",
      matches: [
        match({ paths: [{ type: "prefix", value: "/repos/acme/secret" }] }),
        match({ paths: [{ type: "regex", value: "/repos/acme/.*\\.key" }] }),
        match({ methods: ["GET"], headers: [{ name: "x-stage", value: "prod" }] }),
      ],
    }),
  ])

  // biome-ignore format: a table
  test.each([
    // method    path                              headers               forwarded path, or denied
    ["GET",      "/repos/acme/web",                {},                   "/repos/acme/web"],
    ["HEAD",     "/repos/acme/web",                {},                   "/repos/acme/web"],
    ["get",      "/repos/acme/web",                {},                   "/repos/acme/web"],
    ["GET",      "/repos/acme/w%65b",              {},                   "/repos/acme/web"],
    ["GET",      "/repos/acme/",                   {},                   "/repos/acme/"],
    ["GET",      "/repos/acme",                    {},                   "denied"],
    ["GET",      "/repos/acme-evil/web",           {},                   "denied"],
    ["GET",      "/repos/acmeevil",                {},                   "denied"],
    ["GET",      "/REPOS/acme/web",                {},                   "denied"],
    ["GET",      "/x/repos/acme/web",              {},                   "denied"],
    ["GET",      "/repos/acme/../evil",            {},                   "denied"],
    ["GET",      "/repos/acme/%2e%2e/evil",        {},                   "denied"],
    ["GET",      "/repos/acme/..%2fevil",          {},                   "denied"],
    ["GET",      "/repos/acme/%252e%252e/evil",    {},                   "denied"],
    ["GET",      "/repos/acme//web",               {},                   "denied"],
    ["GET",      "//repos/acme/web",               {},                   "denied"],
    ["GET",      "/repos/acme/./web",              {},                   "denied"],
    ["GET",      "/repos/acme/web;x",              {},                   "denied"],
    ["GET",      "/repos\\acme\\web",              {},                   "denied"],
    ["GET",      "/repos/acme/\0",                 {},                   "denied"],
    ["GET",      "/repos/acme/%00",                {},                   "denied"],
    ["POST",     "/repos/acme/web",                {},                   "denied"],
    ["OPTIONS",  "/repos/acme/web",                {},                   "denied"],
    ["TRACE",    "/repos/acme/web",                {},                   "denied"],
    ["POST",     "/graphql",                       { accept: "x/y" },    "/graphql"],
    ["POST",     "/graphql",                       { accept: "X/Y" },    "denied"],
    ["POST",     "/graphql",                       {},                   "denied"],
    ["POST",     "/graphql/",                      { accept: "x/y" },    "denied"],
    ["GET",      "/graphql",                       { accept: "x/y" },    "denied"],
    ["DELETE",   "/tmp/abc",                       {},                   "/tmp/abc"],
    ["DELETE",   "/tmp/abc/d",                     {},                   "denied"],
    ["DELETE",   "/x/tmp/abc",                     {},                   "denied"],
    ["PUT",      "/caf%c3%a9/a%20b/c",             {},                   "/caf%C3%A9/a%20b/c"],
    ["PUT",      "/caf%c3%a9/a%20bc",              {},                   "denied"],
    ["GET",      "/repos/acme/secret",             {},                   "denied"],
    ["GET",      "/repos/acme/secret/a",           {},                   "denied"],
    ["GET",      "/repos/acme/SECRET/a",           {},                   "denied"],
    ["GET",      "/repos/acme/s%65cret/a",         {},                   "denied"],
    ["GET",      "/repos/acme/secrets",            {},                   "/repos/acme/secrets"],
    ["GET",      "/repos/acme/a/b.KEY",            {},                   "denied"],
    ["GET",      "/repos/acme/web",                { "x-stage": "prod" },"denied"],
    ["HEAD",     "/repos/acme/web",                { "x-stage": "prod" },"denied"],
    ["GET",      "/repos/acme/web",                { "x-stage": "dev" }, "/repos/acme/web"],
  ] as const)("%s %j with %j: %s", (method, path, headers, expected) => {
    const decision = table.decideRequest(authority("api.example.com"), "https", { method, path, headers })
    expect(decision.outcome === "allow" ? decision.path : "denied").toBe(expected)
    if (decision.outcome === "deny") expect(decision.reason).toBe("method-or-path-not-allowed")
  })

  test("a header rule is not met by what every object inherits", () => {
    const rules = [match({ headers: [{ name: "constructor", value: String(Object) }] })]
    const table = createRouteTable([route({ host: "a.test", matches: rules })])
    expect(table.decideRequest(authority("a.test"), "https", get("/")).outcome).toBe("deny")
  })

  test("without path rules a path leaves byte for byte as it came", () => {
    const table = createRouteTable([route({ host: "registry.test" })])
    for (const path of ["/@scope%2fname", "/a//b", "/a;v=1", "/a%25b", "/%E2%82%ac", "/a|b", "/"])
      expect(table.decideRequest(authority("registry.test"), "https", get(path))).toMatchObject({
        outcome: "allow",
        path,
      })
  })

  test.each(["", "v1", "*", "http://registry.test/", "/a b", "/a\0", "/a\r\nx: y", "/a?b", "/a#b", "/é"])(
    "without path rules %j is still no path",
    (path) => {
      const table = createRouteTable([route({ host: "registry.test" })])
      expect(table.decideRequest(authority("registry.test"), "https", get(path)).outcome).toBe("deny")
    },
  )

  test.each(["CONNECT", "TRACE", "TRACK", "trace", "Connect"])("%s is never forwarded", (method) => {
    const table = createRouteTable([route({ host: "a.test" })])
    expect(table.decideRequest(authority("a.test"), "https", { method, path: "/", headers: {} })).toEqual({
      outcome: "deny",
      reason: "method-or-path-not-allowed",
      rule: "bottle dev: a.test",
      detail: `the method ${method.toUpperCase()} is never forwarded`,
    })
  })

  test("INV-1: a deny `/admin/` also covers `/admin`, where an allow would not", () => {
    const admin = [match({ paths: [{ type: "prefix", value: "/admin/" }] })]
    const table = createRouteTable([
      route({ host: "a.test" }),
      route({ host: "a.test", effect: "deny", matches: admin }),
    ])
    expect(["/admin", "/Admin", "/admin/x", "/admins"].map((path) => outcomeOf(table, path))).toEqual([
      "deny",
      "deny",
      "deny",
      "allow",
    ])
  })

  test("INV-1: a deny rule with paths makes ambiguous paths refused on an allow without rules", () => {
    const table = createRouteTable([
      route({ host: "a.test" }),
      route({ host: "*.test2.test", effect: "deny" }),
      route({ host: "a.test", effect: "deny", matches: [match({ paths: [{ type: "exact", value: "/admin" }] })] }),
    ])
    expect(
      ["/admin", "/x/%2e%2e/admin", "/%61dmin", "/x%2fadmin", "/ok"].map((path) => outcomeOf(table, path)),
    ).toEqual(["deny", "deny", "deny", "deny", "allow"])
  })

  test("a wildcard does not widen what a route for the very name narrows", () => {
    const narrow = route({ host: "a.test.io", matches: [match({ methods: ["GET"] })] })
    const table = createRouteTable([route({ host: "*.test.io", inspect: false }), narrow])
    expect(table.decideTunnel(authority("a.test.io"), "https")).toMatchObject({ inspect: true })
    expect(table.decideRequest(authority("a.test.io"), "https", { ...get("/"), method: "POST" }).outcome).toBe("deny")
    expect(table.decideTunnel(authority("b.test.io"), "https")).toMatchObject({ inspect: false })
  })

  test("the longest of several wildcards speaks, and each port for itself", () => {
    const table = createRouteTable([
      route({ host: "*.io.test", origin: "wide" }),
      route({ host: "*.a.io.test", origin: "near", port: 8443 }),
      route({ host: "*.b.a.io.test", origin: "nearest" }),
    ])
    const rule = (text: string) => {
      const decision = table.decideTunnel(authority(text), "https")
      return decision.outcome === "allow" ? decision.rule : decision.reason
    }
    expect(rule("x.b.a.io.test")).toBe("nearest: *.b.a.io.test")
    expect(rule("x.a.io.test")).toBe("wide: *.io.test")
    expect(rule("x.b.a.io.test:8443")).toBe("near: *.a.io.test:8443")
    expect(rule("x.io.test:8443")).toBe("port-not-allowed")
  })

  test("the route itself comes back, the first whose match covers the request", () => {
    const reads = route({ host: "a.test", matches: [match({ methods: ["GET"] })], origin: "reads" })
    const writes = route({ host: "a.test", matches: [match({ methods: ["POST"] })], origin: "writes" })
    const table = createRouteTable([reads, writes])
    const decision = table.decideRequest(authority("a.test"), "https", { ...get("/x"), method: "POST" })
    expect(decision).toEqual({ outcome: "allow", route: writes, path: "/x", rule: "writes: a.test" })
    expect(decision.outcome === "allow" && decision.route === writes).toBe(true)
  })
})
