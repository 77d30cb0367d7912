import { describe, expect, test } from "bun:test"
import { type Authority, OperatorProblem, parseAuthority, type Route } from "@bot-bottle/contracts"
import { createRouteTable, type EgressRequest } from "./decide.ts"

describe("decideTunnel()", () => {
  test("INV-1: an empty table denies every name, port and address", () => {
    const table = createRouteTable([])
    for (const scheme of ["https", "http"] as const) {
      expect(table.decideTunnel(authority("api.example.com"), scheme)).toEqual(denied("host-not-allowed"))
      expect(table.decideTunnel(authority("localhost:1"), scheme)).toEqual(denied("host-not-allowed"))
      expect(table.decideTunnel(authority("93.184.215.14"), scheme)).toEqual(denied("ip-literal"))
      expect(table.decideTunnel(authority("[2606::1]"), scheme)).toEqual(denied("ip-literal"))
      expect(table.decideRequest(authority("api.example.com"), scheme, get("/"))).toEqual(denied("host-not-allowed"))
    }
  })

  // biome-ignore format: a table
  test.each([
    // route                          asked                           answer
    ["example.com",                   "example.com",                  "allow"],
    ["example.com",                   "EXAMPLE.com.",                 "allow"],
    ["example.com",                   "example\uff0ecom",             "allow"],
    ["example.com",                   "api.example.com",              "host-not-allowed"],
    ["example.com",                   "evilexample.com",              "host-not-allowed"],
    ["example.com",                   "example.com.evil.io",          "host-not-allowed"],
    ["example.com",                   "example.co",                   "host-not-allowed"],
    ["example.com",                   "com",                          "host-not-allowed"],
    ["example.com",                   "example.com:8443",             "port-not-allowed"],
    ["example.com",                   "example.com:80",               "port-not-allowed"],
    ["*.example.com",                 "api.example.com",              "allow"],
    ["*.example.com",                 "a.b.c.example.com",            "allow"],
    ["*.example.com",                 "a.example.com:22",             "port-not-allowed"],
    ["*.example.com",                 "example.com",                  "host-not-allowed"],
    ["*.example.com",                 "evilexample.com",              "host-not-allowed"],
    ["*.example.com",                 "api.example.com.evil.io",      "host-not-allowed"],
    ["*.example.com",                 "1.2.3.4",                      "ip-literal"],
    ["xn--bcher-kva.example",         "bücher.example",               "allow"],
    ["93.184.215.14",                 "93.184.215.14",                "allow"],
    ["93.184.215.14",                 "0x5d.0xb8d70e",                "allow"],
    ["93.184.215.14",                 "[::ffff:93.184.215.14]",       "allow"],
    ["93.184.215.14",                 "93.184.215.14:80",             "port-not-allowed"],
    ["93.184.215.14",                 "93.184.215.15",                "ip-literal"],
    ["2606::1",                       "[2606:0::0001]",               "allow"],
    ["2606::1",                       "[2606::2]",                    "ip-literal"],
  ] as const)("INV-1: a route for %s answers %s with %s", (host, asked, answer) => {
    const decision = createRouteTable([route({ host, inspect: !/^\d/.test(host) })]).decideTunnel(authority(asked), "https")
    expect(decision.outcome === "deny" ? decision.reason : "allow").toBe(answer)
  })

  test("an http route opens port 80 for http and nothing for https", () => {
    const table = createRouteTable([route({ host: "example.com", scheme: "http", port: 80 })])
    expect(table.decideTunnel(authority("example.com:80"), "http").outcome).toBe("allow")
    expect(table.decideTunnel(authority("example.com:80"), "https")).toEqual(denied("port-not-allowed"))
    expect(table.decideTunnel(authority("example.com:443"), "http")).toEqual(denied("port-not-allowed"))
  })

  test("the decision names the route and says whether to inspect", () => {
    const table = createRouteTable([
      route({ host: "a.test", inspect: false }),
      route({ host: "*.b.test", port: 8443, origin: "provider claude" }),
    ])
    expect(table.decideTunnel(authority("a.test"), "https")).toEqual({
      outcome: "allow",
      inspect: false,
      rule: "bottle dev: a.test",
    })
    expect(table.decideTunnel(authority("x.b.test:8443"), "https")).toEqual({
      outcome: "allow",
      inspect: true,
      rule: "provider claude: *.b.test:8443",
    })
  })

  const allowAll = route({ host: "*.example.com" })
  const allowOne = route({ host: "gist.example.com" })
  const denyOne = route({ host: "gist.example.com", effect: "deny" })
  const denyAll = route({ host: "*.example.com", effect: "deny" })
  // biome-ignore format: a table
  test.each([
    ["a wide allow first",       [allowAll, denyOne],  "bottle dev: deny gist.example.com"],
    ["a wide allow last",        [denyOne, allowAll],  "bottle dev: deny gist.example.com"],
    ["the same host allowed",    [allowOne, denyOne],  "bottle dev: deny gist.example.com"],
    ["a narrow allow first",     [allowOne, denyAll],  "bottle dev: deny *.example.com"],
    ["a narrow allow last",      [denyAll, allowOne],  "bottle dev: deny *.example.com"],
    ["no allow at all",          [denyOne],            "bottle dev: deny gist.example.com"],
  ] as const)("INV-1: deny beats allow with %s", (_how, routes, rule) => {
    const table = createRouteTable(routes)
    const expected = { outcome: "deny", reason: "host-not-allowed", rule } as const
    expect(table.decideTunnel(authority("gist.example.com"), "https")).toEqual(expected)
    expect(table.decideRequest(authority("gist.example.com"), "https", get("/"))).toEqual(expected)
  })

  test("INV-1: a deny closes its port for both schemes and leaves other ports and names open", () => {
    const table = createRouteTable([
      allowAll,
      route({ host: "*.example.com", port: 8443 }),
      route({ host: "*.example.com", port: 443, scheme: "http" }),
      denyOne,
    ])
    const outcome = (text: string, scheme: "https" | "http") => table.decideTunnel(authority(text), scheme).outcome
    expect(outcome("gist.example.com", "http")).toBe("deny")
    expect(outcome("gist.example.com:8443", "https")).toBe("allow")
    expect(outcome("api.example.com", "https")).toBe("allow")
    expect(outcome("a.gist.example.com", "https")).toBe("allow")
  })

  test("INV-1: a passthrough host under a deny rule on requests is closed, for nothing could judge them", () => {
    const table = createRouteTable([
      route({ host: "big.example.com", inspect: false }),
      route({
        host: "*.example.com",
        effect: "deny",
        matches: [match({ paths: [{ type: "prefix", value: "/admin" }] })],
      }),
    ])
    expect(table.decideTunnel(authority("big.example.com"), "https")).toEqual({
      outcome: "deny",
      reason: "method-or-path-not-allowed",
      rule: "bottle dev: deny *.example.com",
      detail: "a deny rule on requests covers this host, and passthrough bytes cannot be judged",
    })
  })
})

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

describe("createRouteTable()", () => {
  const key = { header: "x-api-key", template: "{secret}" }
  const metering = { provider: "claude", api: "anthropic-messages" }
  // biome-ignore format: a table
  test.each([
    ["a host that is none",               [route({ host: "exa mple.com" })],                              "is not a valid host pattern"],
    ["a pattern over everything",         [route({ host: "*" })],                                         "is not a valid host pattern"],
    ["a name of our own",                 [route({ host: "*.bot-bottle.internal" })],                     "are bot-bottle's own"],
    ["a host in another spelling",        [route({ host: "Example.com" })],                               "canonical form"],
    ["an address in another spelling",    [route({ host: "0x7f.1", inspect: false })],                    "canonical form"],
    ["port 0",                            [route({ host: "a.test", port: 0 })],                           "port 0"],
    ["half a port",                       [route({ host: "a.test", port: 443.5 })],                       "port 443.5"],
    ["an inspected address",              [route({ host: "1.2.3.4" })],                                   "only with `inspect: false`"],
    ["rules on passthrough bytes",            [route({ host: "a.test", inspect: false, matches: [match({})] })], "needs `inspect`"],
    ["a key for passthrough bytes",           [route({ host: "a.test", inspect: false, injection: key })],    "needs `inspect`"],
    ["a meter on passthrough bytes",          [route({ host: "a.test", inspect: false, metering })],          "needs `inspect`"],
    ["no match",                          [route({ host: "a.test", matches: [] })],                       "`matches` is empty"],
    ["a deny of nothing",                 [route({ host: "a.test", effect: "deny", matches: [] })],       "`matches` is empty"],
    ["no method",                         [route({ host: "a.test", matches: [match({ methods: [] })] })], "`methods` is empty"],
    ["no path",                           [route({ host: "a.test", matches: [match({ paths: [] })] })],   "`paths` is empty"],
    ["a path that never matches",         [pathRoute("exact", "/a/../b")],                                "can never match"],
    ["a path with a query",               [pathRoute("exact", "/a?b")],                                   "can never match"],
    ["a path without a slash",            [pathRoute("prefix", "repos")],                                 "can never match"],
    ["a regex outside the subset",        [pathRoute("regex", "/(?=a)")],                                 "look-around"],
    ["two credentials for one host",      [route({ host: "a.test" }), route({ host: "a.test", injection: key })], "disagree on injection"],
    ["two meters for one host",           [route({ host: "a.test", metering }), route({ host: "a.test" })], "disagree on metering"],
    ["two ways of inspection",            [route({ host: "a.test" }), route({ host: "a.test", inspect: false })], "disagree on inspect"],
  ])("%s is an operator problem", (_what, routes, words) => {
    const problem = caught(() => createRouteTable(routes))
    expect(problem).toBeInstanceOf(OperatorProblem)
    expect((problem as Error).message).toContain(words)
    expect((problem as Error).message).toContain("bottle dev")
  })

  test("an address may be a plain http route", () => {
    const table = createRouteTable([route({ host: "10.0.0.1", scheme: "http", port: 80 })])
    expect(table.decideTunnel(authority("10.0.0.1:80"), "http").outcome).toBe("allow")
  })
})

function route(fields: Partial<Route> & Pick<Route, "host">): Route {
  return {
    port: 443,
    scheme: "https",
    effect: "allow",
    inspect: true,
    matches: "every",
    origin: "bottle dev",
    ...fields,
  }
}

function pathRoute(type: "exact" | "prefix" | "regex", value: string): Route {
  return route({ host: "a.test", matches: [match({ paths: [{ type, value }] })] })
}

type Match = Exclude<Route["matches"], "every">[number]
function match(fields: Partial<Match>): Match {
  return { methods: "every", paths: "every", headers: [], ...fields }
}

function get(path: string): EgressRequest {
  return { method: "GET", path, headers: {} }
}

function authority(text: string): Authority {
  const parsed = parseAuthority(text, 443)
  if (parsed.kind === "malformed") throw new Error(`bad test authority ${text}: ${parsed.detail}`)
  return parsed
}

function outcomeOf(table: ReturnType<typeof createRouteTable>, path: string): string {
  return table.decideRequest(authority("a.test"), "https", get(path)).outcome
}

function denied(reason: string): never {
  return { outcome: "deny", reason } as never
}

function caught(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  return undefined
}
