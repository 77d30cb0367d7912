import { expect, test } from "bun:test"
import { createRouteTable } from "@bot-bottle/egress/routes"
import { judge, type PolicyRoute } from "./judge.ts"
import { type ProposedRoute, proposeRoutes, routesOf } from "./propose-routes.ts"
import { type PolicyRequest, parsePolicyRequest } from "./request.ts"

// biome-ignore format: a table
test.each([
  ["npm",          ["GET https://npm.example/left-pad", "GET https://npm.example/left-pad/-/left-pad-1.3.0.tgz", "GET https://npm.example/is-odd"],
    ["npm.example GET prefix /left-pad prefix /is-odd"]],
  ["many packages", ["a", "b", "c", "d", "e"].map((name) => `GET https://npm.example/${name}`), ["npm.example GET every"]],
  ["a scoped package", ["GET https://npm.example/@types%2fnode", "GET https://npm.example/left-pad"], ["npm.example GET every"]],
  ["pip",          ["GET https://pypi.example/simple/six/", "GET https://pypi.example/simple/requests/", "GET https://files.example/packages/ab/cd/six-1.whl"],
    ["files.example GET prefix /packages/ab/cd/", "pypi.example GET prefix /simple/"]],
  ["git",          ["GET https://git.example/o/r.git/info/refs", "POST https://git.example/o/r.git/git-upload-pack"], ["git.example GET,POST prefix /o/r.git/"]],
  ["the top",      ["GET https://git.example/", "POST https://git.example/api/x/y"], ["git.example GET exact /", "git.example POST prefix /api/x/"]],
  ["HEAD and GET", ["HEAD https://cdn.example/f", "GET https://cdn.example/f"], ["cdn.example GET prefix /f"]],
  ["only HEAD",    ["HEAD https://cdn.example/f"], ["cdn.example HEAD prefix /f"]],
  ["ports, plain", ["GET http://cdn.example/f", "GET https://cdn.example:8443/f"], ["http cdn.example:80 GET prefix /f", "cdn.example:8443 GET prefix /f"]],
  ["known already", ["GET https://own.example/v1/a"], []],
  ["one more match", ["POST https://own.example/v1/a", "GET https://own.example/v2/a"], ["own.example GET prefix /v2/", "own.example POST prefix /v1/"].toReversed()],
  ["an address",   ["GET http://203.0.113.9/x"], ["http 203.0.113.9:80 GET prefix /x"]],
] as const)("proposeRoutes: %s", (_, asked, wanted) => {
  const requests = asked.map(requestOf)
  const { routes, left } = proposeRoutes(createRouteTable(OWN), requests, isOwn)
  expect({ routes: routes.flatMap(words).toSorted(), left }).toEqual({ routes: [...wanted].toSorted(), left: [] })
  expectSmallest(routes, requests)
})

test("proposeRoutes says what it leaves, and why", () => {
  const asked = [
    "GET https://denied.example/",
    "GET https://parent.example/",
    "GET https://x.wild.example/",
    "GET https://203.0.113.9/",
    "TRACE https://new.example/",
  ]
  const { routes, left } = proposeRoutes(createRouteTable(OWN), asked.map(requestOf), isOwn)
  expect(routes).toEqual([])
  expect(left.map(({ request, why }) => [request.host, why.kind] as readonly string[])).toEqual([
    ["denied.example", "denied"],
    ["parent.example", "spoken-for"],
    ["x.wild.example", "spoken-for"],
    ["203.0.113.9", "address"],
    ["new.example", "no-rule"],
  ])
})

/** Everything is allowed; without any one route, method or path something is refused. */
function expectSmallest(routes: readonly ProposedRoute[], requests: readonly PolicyRequest[]): void {
  const refused = (tried: readonly ProposedRoute[]) => {
    const table = createRouteTable<PolicyRoute>([...OWN, ...routesOf(tried)])
    return requests.filter((request) => judge(table, request).outcome === "deny").length
  }
  expect(refused(routes)).toBe(0)
  for (const fewer of listFewer(routes)) expect(refused(fewer)).toBeGreaterThan(0)
}

function listFewer(routes: readonly ProposedRoute[]): readonly (readonly ProposedRoute[])[] {
  return routes.flatMap((route, at) => {
    const replaced = (...by: ProposedRoute[]) => [...routes.slice(0, at), ...by, ...routes.slice(at + 1)]
    const withMatches = (matches: ProposedRoute["matches"]) =>
      matches.length === 0 ? replaced() : replaced({ ...route, matches })
    return [
      replaced(),
      ...route.matches.flatMap((match, n) => {
        const others = route.matches.filter((_, m) => m !== n)
        const methods = match.methods === "every" ? [] : match.methods
        const paths = match.paths === "every" ? [] : match.paths
        return [
          withMatches(others),
          ...(methods.length < 2
            ? []
            : methods.map((name) =>
                withMatches([...others, { ...match, methods: methods.filter((one) => one !== name) }]),
              )),
          ...(paths.length < 2
            ? []
            : paths.map((path) => withMatches([...others, { ...match, paths: paths.filter((one) => one !== path) }]))),
        ]
      }),
    ]
  })
}

const BASE = {
  port: 443,
  scheme: "https",
  effect: "allow",
  inspect: true,
  matches: "every",
  origin: "bottle dev",
} as const
const V1 = { methods: ["GET"], paths: [{ type: "prefix" as const, value: "/v1/" }], headers: [] }
const NONE = { methods: ["DELETE"], paths: "every" as const, headers: [] }

const OWN: readonly PolicyRoute[] = [
  { ...BASE, host: "own.example", matches: [V1] },
  { ...BASE, host: "denied.example", effect: "deny" },
  { ...BASE, host: "parent.example", matches: [NONE], origin: "bottle base" },
  { ...BASE, host: "*.wild.example", matches: [NONE] },
]

function isOwn({ origin }: PolicyRoute): boolean {
  return origin === "bottle dev"
}

function requestOf(text: string): PolicyRequest {
  const [method = "", url = ""] = text.split(" ")
  return parsePolicyRequest(method, url)
}

function words({ host, port, scheme, matches }: ProposedRoute): readonly string[] {
  const place = port === 443 ? host : `${host}:${port}`
  return matches.map(({ methods, paths }) => {
    const said = paths === "every" ? ["every"] : paths.flatMap(({ type, value }) => [type, value])
    return [
      ...(scheme === "http" ? ["http"] : []),
      place,
      methods === "every" ? "every" : methods.join(","),
      ...said,
    ].join(" ")
  })
}
