import { expect, test } from "bun:test"
import { allowRoute, denyRoute, type RouteAsk } from "./edit-routes.ts"
import { listChanges } from "./splice.ts"

const PLAIN: RouteAsk = { host: "pkgs.example", methods: [], paths: [] }
const NARROW: RouteAsk = {
  host: "pkgs.example",
  methods: ["GET", "HEAD"],
  paths: [{ type: "prefix", value: "/simple/" }],
}

const COMMENTED = `---
agent_provider: { template: claude }   # the usual
egress:
  log: 1            # denials
  routes:
    # the registry
    - host: registry.example    # read only
      matches:
        - methods: [GET]
    # - host: later.example
limits: { pids: 512 }   # kept
---

Notes.
`

// biome-ignore format: a table
test.each([
  // what the file has                     ask      lines that change
  ["routes",           COMMENTED,          PLAIN,   ["+10     - host: pkgs.example"]],
  ["routes",           COMMENTED,          NARROW,  ["+10     - host: pkgs.example", "+11       matches: [{ methods: [GET, HEAD], paths: [{ type: prefix, value: /simple/ }] }]"]],
  ["the host, partly", COMMENTED,          { host: "registry.example", methods: ["POST"], paths: [] }, ["+10         - { methods: [POST] }"]],
  ["no egress",        "---\nlimits: { pids: 5 }\n---\n",   PLAIN, ["+3 egress:", "+4   routes:", "+5     - host: pkgs.example"]],
  ["nothing",          "---\n---\n",                         PLAIN, ["+2 egress:", "+3   routes:", "+4     - host: pkgs.example"]],
  ["egress, no routes", "---\negress:\n  log: 2\nimage: x\n---\n", PLAIN, ["+4   routes:", "+5     - host: pkgs.example"]],
  ["an empty list",    "---\negress: { routes: [] }\n---\n", PLAIN, ["-2 egress: { routes: [] }", "+2 egress: { routes: [{ host: pkgs.example }] }"]],
  ["a flow list",      "---\negress:\n  routes: [{ host: a.example }]\n---\n", PLAIN, ["-3   routes: [{ host: a.example }]", "+3   routes: [{ host: a.example }, { host: pkgs.example }]"]],
  ["dashes at the key", "---\negress:\n  routes:\n  - host: a.example\n---\n", PLAIN, ["+5   - host: pkgs.example"]],
  ["CRLF",             "---\r\negress:\r\n  routes:\r\n    - host: a.example\r\n---\r\n", PLAIN, ["+5     - host: pkgs.example\r"]],
  ["plain HTTP",       COMMENTED,          { host: "pkgs.example", http: true, port: 8080, methods: ["GET"], paths: [{ type: "exact", value: "/a" }] },
    ["+10     - host: pkgs.example", "+11       port: 8080", "+12       http: true", "+13       matches: [{ methods: [GET], paths: [{ type: exact, value: /a }] }]"]],
  ["HTTPS beside plain HTTP", "---\negress:\n  routes:\n    - host: pkgs.example\n      http: true\n---\n", PLAIN, ["+6     - host: pkgs.example"]],
  ["a wildcard",       COMMENTED,          { host: "*.example.com", methods: [], paths: [] }, ['+10     - host: "*.example.com"']],
] as const)("allowRoute: %s", (_has, text, ask, lines) => {
  const result = allowRoute({ name: "dev", file: "dev.md", providers: ["claude"], text }, ask)
  expect(result.outcome).toBe("edited")
  if (result.outcome !== "edited") return
  expect(listChanges(text, result.text).map(({ sign, line, text: shown }) => `${sign}${line} ${shown}`)).toEqual([...lines])
  expect(allowRoute({ name: "dev", file: "dev.md", providers: ["claude"], text: result.text }, ask)).toEqual({ outcome: "unchanged" })
})

test("allowRoute: a host that is allowed whole stays as it is, a denied one is named with its line", () => {
  const text = "---\negress:\n  routes:\n    - host: pkgs.example\n    - { host: bad.example, deny: true }\n---\n"
  expect(allowRoute({ name: "dev", file: "dev.md", providers: ["claude"], text }, NARROW)).toEqual({
    outcome: "unchanged",
  })
  expect(
    allowRoute(
      { name: "dev", file: "dev.md", providers: ["claude"], text },
      { host: "BAD.example", methods: [], paths: [] },
    ),
  ).toEqual({
    outcome: "denied-here",
    line: 5,
  })
})

test("allowRoute: what a start would refuse is refused before it is written", () => {
  const text = "---\nlimits: { pids: 5 }\n---\n"
  const result = allowRoute(
    { name: "dev", file: "dev.md", providers: ["claude"], text },
    { host: "https://x.example/", methods: [], paths: [] },
  )
  expect(result).toMatchObject({ outcome: "broken", problems: [{ line: 5 }] })
})

// biome-ignore format: a table
test.each([
  // file                                                                                 lines that change
  [COMMENTED.replace("    # - host: later.example", "    - host: later.example"), "registry.example", ["-7     - host: registry.example    # read only", "-8       matches:", "-9         - methods: [GET]"]],
  [COMMENTED, "registry.example", ["-5   routes:", "-6     # the registry", "-7     - host: registry.example    # read only", "-8       matches:", "-9         - methods: [GET]"]],
  ["---\negress:\n  routes: [{ host: a.example }, { host: b.example }]\n---\n", "b.example", ["-3   routes: [{ host: a.example }, { host: b.example }]", "+3   routes: [{ host: a.example }]"]],
  ["---\negress:\n  routes: [{ host: a.example }, { host: b.example }]\n---\n", "a.example", ["-3   routes: [{ host: a.example }, { host: b.example }]", "+3   routes: [{ host: b.example }]"]],
] as const)("denyRoute: takes the route out: %j of %p", (text, host, lines) => {
  const result = denyRoute({ name: "dev", file: "dev.md", providers: ["claude"], text }, { host }, { isInherited: false })
  expect(result.outcome).toBe("edited")
  if (result.outcome !== "edited") return
  expect(listChanges(text, result.text).map(({ sign, line, text: shown }) => `${sign}${line} ${shown}`)).toEqual([...lines])
})

test("denyRoute: an inherited route is denied, one that nobody allows is left", () => {
  const edited = { name: "child", file: "child.md", providers: ["claude"], text: "---\nextends: dev\n---\n" }
  expect(denyRoute(edited, { host: "a.example" }, { isInherited: true })).toEqual({
    outcome: "edited",
    text: "---\nextends: dev\negress:\n  routes:\n    - host: a.example\n      deny: true\n---\n",
  })
  expect(denyRoute(edited, { host: "a.example" }, { isInherited: false })).toEqual({ outcome: "unchanged" })
})
