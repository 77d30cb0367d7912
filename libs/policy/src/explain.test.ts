import { expect, test } from "bun:test"
import { createRouteTable } from "@bot-bottle/egress/routes"
import { describeEdit, withEdit } from "./edit.ts"
import { explain } from "./explain.ts"
import { judge, type PolicyRoute } from "./judge.ts"
import { type PolicyRequest, parsePolicyRequest, showRequest } from "./request.ts"

// biome-ignore format: a table
test.each([
  // request                                        verdict                                                   the route at fault   the edit
  ["GET https://new.example/a/b",                   "deny host-not-allowed",                                  undefined,           ["- host: new.example", "  matches:", "    - { methods: [GET], paths: [{ type: exact, value: /a/b }] }"]],
  ["HEAD http://new.example:8080/",                 "deny host-not-allowed",                                  undefined,           ["- host: new.example", "  port: 8080", "  http: true", "  matches:", "    - { methods: [HEAD], paths: [{ type: exact, value: / }] }"]],
  ["GET https://new.example/a%2fb",                 "deny host-not-allowed",                                  undefined,           ["- host: new.example", "  matches:", "    - { methods: [GET] }"]],
  ["GET https://api.example/v2/x",                  "deny method-or-path-not-allowed",                        "dev.md:3",          ["- host: api.example", "  matches:", "    - { methods: [GET], paths: [{ type: exact, value: /v2/x }] }"]],
  ["GET https://api.example:8443/v1/x",             "deny port-not-allowed",                                  undefined,           ["- host: api.example", "  port: 8443", "  matches:", "    - { methods: [GET], paths: [{ type: exact, value: /v1/x }] }"]],
  ["POST https://one.wild.example/x",               "deny method-or-path-not-allowed",                        "dev.md:4",          ["- host: one.wild.example", "  matches:", "    - { methods: [GET] }", "    - { methods: [POST], paths: [{ type: exact, value: /x }] }"]],
  ["GET https://bad.wild.example/x",                "deny host-not-allowed",                                  "dev.md:5",          ["- host: bad.wild.example", "  deny: true"]],
  ["GET https://api.example/v1/secret",             "deny method-or-path-not-allowed",                        "dev.md:6",          ["- host: api.example", "  deny: true"]],
  ["GET https://203.0.113.7/",                      "deny ip-literal",                                        undefined,           ["- host: \"203.0.113.7\"", "  inspect: false"]],
  ["GET http://203.0.113.7/",                       "deny ip-literal",                                        undefined,           ["- host: \"203.0.113.7\"", "  http: true", "  matches:", "    - { methods: [GET], paths: [{ type: exact, value: / }] }"]],
  ["GET https://api.example/v1/x",                  "allow",                                                  "dev.md:3",          ["- host: api.example", "  deny: true", "  matches:", "    - { methods: [GET], paths: [{ type: exact, value: /v1/x }] }"]],
  ["GET https://raw.example/",                      "allow",                                                  "dev.md:7",          ["- host: raw.example", "  deny: true"]],
  ["TRACE https://api.example/v1/x",                "deny method-or-path-not-allowed",                        "dev.md:3",          undefined],
] as const)("explain: %s", (asked, verdict, at, edit) => {
  const table = createRouteTable(ROUTES)
  const request = requestOf(asked)
  const explained = explain(table, request)

  const said = explained.verdict.outcome === "allow" ? "allow" : `deny ${explained.verdict.reason}`
  expect([said, explained.verdict.route?.at]).toEqual([verdict, at])
  expect(explained.edit === undefined ? undefined : describeEdit(explained.edit)).toEqual(edit === undefined ? undefined : [...edit])
  if (explained.edit === undefined) return
  const after = judge(createRouteTable(withEdit(ROUTES, explained.edit)), request)
  expect(after.outcome).not.toBe(explained.verdict.outcome)
})

test("over 1,000 requests, each edit turns its own verdict and no other", () => {
  const requests = listRequests(1_000)
  const table = createRouteTable(MIXED)
  const before = requests.map((request) => judge(table, request).outcome)
  expect(new Set(before).size).toBe(2)

  for (const [index, request] of requests.entries()) {
    const { edit } = explain(table, request)
    expect(edit).toBeDefined()
    if (edit === undefined) continue
    const edited = createRouteTable(withEdit(MIXED, edit))
    const turned = requests.flatMap((other, at) => (judge(edited, other).outcome === before[at] ? [] : [at]))
    expect({ request: showRequest(request), turned }).toEqual({ request: showRequest(request), turned: [index] })
  }
}, 60_000)

const BASE = {
  port: 443,
  scheme: "https",
  effect: "allow",
  inspect: true,
  matches: "every",
  origin: "bottle dev",
} as const

const ROUTES: readonly PolicyRoute[] = [
  { ...BASE, host: "api.example", matches: [prefix("GET", "/v1/")], at: "dev.md:3" },
  { ...BASE, host: "*.wild.example", matches: [{ methods: ["GET"], paths: "every", headers: [] }], at: "dev.md:4" },
  { ...BASE, host: "bad.wild.example", effect: "deny", at: "dev.md:5" },
  { ...BASE, host: "api.example", effect: "deny", matches: [prefix("GET", "/v1/secret")], at: "dev.md:6" },
  { ...BASE, host: "raw.example", inspect: false, at: "dev.md:7" },
]

/** No deny routes: those speak for many requests at once. */
const MIXED: readonly PolicyRoute[] = [
  { ...BASE, host: "h0.example", matches: [prefix("GET", "/a/"), prefix("POST", "/b/")] },
  { ...BASE, host: "h1.example" },
  { ...BASE, host: "*.w.example", matches: [{ methods: ["GET"], paths: "every", headers: [] }] },
  { ...BASE, host: "h2.example", scheme: "http", port: 80, matches: [prefix("GET", "/")] },
]

function prefix(method: string, value: string) {
  return { methods: [method], paths: [{ type: "prefix" as const, value }], headers: [] }
}

function requestOf(words: string): PolicyRequest {
  const [method = "", url = ""] = words.split(" ")
  return parsePolicyRequest(method, url)
}

/** All different. */
function listRequests(count: number): readonly PolicyRequest[] {
  const places = [
    "https://h0.example",
    "https://h1.example",
    "http://h2.example",
    "https://h3.example",
    "https://x.w.example",
    "https://y.w.example",
    "https://h0.example:8443",
  ]
  const found: PolicyRequest[] = []
  for (let n = 0; found.length < count; n += 1)
    for (const place of places)
      for (const method of ["GET", "POST", "DELETE"])
        found.push(requestOf(`${method} ${place}/${["a", "b", "c"][n % 3]}/${n}`))
  return found.slice(0, count)
}
