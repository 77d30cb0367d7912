import { describe, expect, test } from "bun:test"
import { OperatorProblem } from "@bot-bottle/contracts"
import { createRouteTable } from "./decide.ts"
import { authority, caught, denied, get, match, pathRoute, route } from "./testing/routes-fixture.ts"

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

describe("createRouteTable()", () => {
  const key = { header: "x-api-key", template: "{secret}" }
  const metering = { provider: "claude", api: "anthropic-messages" }
  // biome-ignore format: a table
  test.each([
    ["an invalid host",                   [route({ host: "exa mple.com" })],                              "is not a valid host pattern"],
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
