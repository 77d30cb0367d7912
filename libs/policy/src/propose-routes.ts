// The smallest routes that allow what a recorded run did and its bottle refuses: host, methods and
// path prefixes. Pure.
//
// Small means that nothing in it can go: each route, each method and each prefix allows a request
// that nothing else allows. It does not mean literal: paths that share a folder become that folder,
// so that the next version of a package is allowed too.

import type { Route, RouteMatch } from "@bot-bottle/contracts"
import { createRouteTable, type RouteTable } from "@bot-bottle/egress/routes"
import { findSpeakers, judge, type PolicyRoute } from "./judge.ts"
import { type PolicyRequest, parsePolicyRequest } from "./request.ts"

export interface ProposedRoute {
  readonly host: string
  readonly port: number
  readonly scheme: Route["scheme"]
  readonly matches: readonly RouteMatch[]
  /** Requests of the run that this route allows. */
  readonly requests: number
}

export interface Proposal {
  /** In order of host. */
  readonly routes: readonly ProposedRoute[]
  /** Requests that no new route of this bottle can allow. */
  readonly left: readonly Left[]
}

export interface Left {
  readonly request: PolicyRequest
  readonly why: /** `route` denies it, or speaks for its host and comes from elsewhere. */
  { readonly kind: "denied" | "spoken-for"; readonly route: PolicyRoute } | { readonly kind: "address" | "no-rule" }
}

/** `isOwn`: whether the bottle can add a match to a route; one that comes from elsewhere it would replace. */
export function proposeRoutes(
  table: RouteTable<PolicyRoute>,
  requests: readonly PolicyRequest[],
  isOwn: (route: PolicyRoute) => boolean,
): Proposal {
  const places = new Map<string, PolicyRequest[]>()
  const left: Left[] = []
  for (const request of requests) {
    const verdict = judge(table, request)
    if (verdict.outcome === "allow") continue
    const why = findObstacle(table, request, isOwn)
    if (why !== undefined) {
      left.push({ request, why })
      continue
    }
    const key = `${request.host} ${request.port} ${request.scheme}`
    const known = places.get(key)
    if (known === undefined) places.set(key, [request])
    else known.push(request)
  }
  const proposed = [...places.values()].map(proposeRoute)
  const allowed = createRouteTable<PolicyRoute>(routesOf(proposed))
  const whole: ProposedRoute[] = []
  for (const route of proposed) {
    const of = places.get(`${route.host} ${route.port} ${route.scheme}`) ?? []
    const unmatched = of.filter((request) => judge(allowed, request).outcome === "deny")
    left.push(...unmatched.map((request) => ({ request, why: { kind: "no-rule" as const } })))
    if (unmatched.length < of.length) whole.push(route)
  }
  return { routes: whole.toSorted((a, b) => (a.host < b.host ? -1 : a.host > b.host ? 1 : a.port - b.port)), left }
}

/** As the table takes them. */
export function routesOf(proposed: readonly ProposedRoute[]): readonly Route[] {
  return proposed.map(({ host, port, scheme, matches }) => ({
    host,
    port,
    scheme,
    effect: "allow" as const,
    inspect: true,
    matches,
    origin: "proposal",
  }))
}

function findObstacle(
  table: RouteTable<PolicyRoute>,
  request: PolicyRequest,
  isOwn: (route: PolicyRoute) => boolean,
): Left["why"] | undefined {
  const verdict = judge(table, request)
  if (verdict.outcome === "deny" && verdict.route?.effect === "deny") return { kind: "denied", route: verdict.route }
  const [speaker] = findSpeakers(table, request)
  if (speaker !== undefined && !(isOwn(speaker) && speaker.host === request.host))
    return { kind: "spoken-for", route: speaker }
  return request.kind === "ip" && request.scheme === "https" ? { kind: "address" } : undefined
}

function proposeRoute(requests: readonly PolicyRequest[]): ProposedRoute {
  const [first] = requests
  if (first === undefined) throw new Error("a place without requests")
  const { host, port, scheme } = first
  return { host, port, scheme, matches: matchesOf(requests), requests: requests.length }
}

/** A list of paths that is longer than this says no more than the host does. */
const MAX_PREFIXES = 4

function matchesOf(requests: readonly PolicyRequest[]): readonly RouteMatch[] {
  const groups = new Map<string, PolicyRequest[]>()
  for (const request of requests) {
    const [, segment = ""] = request.path.split("/", 2)
    groups.set(segment, [...(groups.get(segment) ?? []), request])
  }
  // A rule on paths refuses every path of the host that two servers may read in two ways.
  if (groups.size > MAX_PREFIXES || requests.some((request) => !isOneWay(request)))
    return [{ methods: methodsOf(requests), paths: "every", headers: [] }]

  const byMethods = new Map<
    string,
    RouteMatch & { readonly paths: readonly { type: "exact" | "prefix"; value: string }[] }
  >()
  for (const group of groups.values()) {
    const methods = methodsOf(group)
    const key = methods.join(" ")
    const path = commonPath(group.map((request) => request.path))
    byMethods.set(key, { methods, paths: [...(byMethods.get(key)?.paths ?? []), path], headers: [] })
  }
  return [...byMethods.values()]
}

/** Sorted; HEAD only where no GET covers it. */
function methodsOf(requests: readonly PolicyRequest[]): readonly string[] {
  const methods = new Set(requests.map(({ method }) => method))
  if (methods.has("GET")) methods.delete("HEAD")
  return [...methods].toSorted()
}

const PROBE = parsePolicyRequest("GET", "https://path.example/")
const ANY_PATH = createRouteTable<PolicyRoute>([
  {
    host: "path.example",
    port: 443,
    scheme: "https",
    effect: "allow",
    inspect: true,
    matches: [{ methods: "every", paths: [{ type: "prefix", value: "/" }], headers: [] }],
    origin: "",
  },
])

/** Whether rules on paths can judge it at all. */
function isOneWay(request: PolicyRequest): boolean {
  return judge(ANY_PATH, { ...PROBE, path: request.path }).outcome === "allow"
}

/** The folder that all these paths are in. A path that stands alone gives its own folder; at the top, itself. */
function commonPath(paths: readonly string[]): { type: "exact" | "prefix"; value: string } {
  const all = [...new Set(paths)].map((path) => path.split("/").slice(1))
  const [first = []] = all
  let shared = all.length === 1 ? Math.max(1, first.length - 1) : first.length
  for (const segments of all)
    while (shared > 0 && first.slice(0, shared).some((segment, at) => segments[at] !== segment)) shared -= 1
  const folder = first.slice(0, shared)
  if (folder.join("") === "") return { type: "exact", value: "/" }
  const isAbove = all.every((segments) => segments.length > shared)
  return { type: "prefix", value: `/${folder.join("/")}${isAbove ? "/" : ""}` }
}
