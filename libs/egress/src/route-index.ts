// Finds, for one host and port, the routes that speak about it. The hot path: one map lookup
// for a listed name, one for each label under a wildcard; everything else is done at creation.
//
// Host rules are what all routes together say about one host pattern, port and scheme. The rules of a
// pattern already hold what wider patterns say, so one lookup has the whole answer.

import { type Authority, OperatorProblem, type Route, type RouteDenial } from "@bot-bottle/contracts"
import { type JudgedRequest, parseRequestRule } from "./request-rule.ts"
import { findRouteProblem } from "./route-problem.ts"

export interface CompiledRoute<R extends Route> {
  readonly route: R
  /** For the log and messages: `bottle dev: *.example.com`. */
  readonly name: string
  readonly readsPath: boolean
  covers(request: JudgedRequest): boolean
}

export interface HostRules<R extends Route> {
  readonly outcome: "open"
  readonly inspect: boolean
  readonly readsPath: boolean
  /** Deny routes limited to some requests. One without limits denies the host instead. */
  readonly denies: readonly CompiledRoute<R>[]
  readonly allows: readonly [CompiledRoute<R>, ...CompiledRoute<R>[]]
}

interface DeniedHost {
  readonly outcome: "deny"
  readonly reason: RouteDenial
  readonly rule?: string
}

type Scheme = Route["scheme"]
export type FindHostRules<R extends Route> = (authority: Authority, scheme: Scheme) => HostRules<R> | DeniedHost

export function createRouteIndex<R extends Route>(routes: readonly R[]): FindHostRules<R> {
  const byPattern = new Map<string, CompiledRoute<R>[]>()
  for (const route of routes) {
    const compiled = compileRoute(route)
    const sharing = byPattern.get(route.host)
    if (sharing === undefined) byPattern.set(route.host, [compiled])
    else sharing.push(compiled)
  }

  const entries = new Map<string, Entry<R>>()
  for (const pattern of byPattern.keys()) {
    const levels = [pattern, ...patternsAbove(pattern)].map((text) => byPattern.get(text) ?? [])
    entries.set(pattern, createEntry(levels))
  }

  return ({ host, kind, port }, scheme) => {
    const entry = entries.get(host) ?? (kind === "name" ? findWildcard(entries, host) : undefined)
    if (entry === undefined) return kind === "ip" ? UNLISTED_ADDRESS : UNLISTED_HOST
    return entry.byPort.get(ruleKey(scheme, port)) ?? (entry.listed ? OTHER_PORT : UNLISTED_HOST)
  }
}

/** Everything one host pattern's routes, and those of wider patterns, say. */
interface Entry<R extends Route> {
  readonly byPort: ReadonlyMap<number, HostRules<R> | DeniedHost>
  /** True when some port of it is allowed. */
  readonly listed: boolean
}

const UNLISTED_HOST: DeniedHost = { outcome: "deny", reason: "host-not-allowed" }
const UNLISTED_ADDRESS: DeniedHost = { outcome: "deny", reason: "ip-literal" }
const OTHER_PORT: DeniedHost = { outcome: "deny", reason: "port-not-allowed" }

function ruleKey(scheme: Scheme, port: number): number {
  return scheme === "https" ? port : -port
}

function findWildcard<R extends Route>(entries: ReadonlyMap<string, Entry<R>>, host: string): Entry<R> | undefined {
  for (let dot = host.indexOf("."); dot !== -1; dot = host.indexOf(".", dot + 1)) {
    const entry = entries.get(`*${host.slice(dot)}`)
    if (entry !== undefined) return entry
  }
  return undefined
}

/** Wider patterns that cover what `pattern` covers, narrowest first. */
function patternsAbove(pattern: string): string[] {
  const labels = pattern.split(".").slice(pattern.startsWith("*.") ? 2 : 1)
  return labels.map((_, index) => `*.${labels.slice(index).join(".")}`)
}

/** `levels`: routes of the pattern itself first, then of wider and wider ones. */
function createEntry<R extends Route>(levels: readonly (readonly CompiledRoute<R>[])[]): Entry<R> {
  const all = levels.flat()
  const byPort = new Map<number, HostRules<R> | DeniedHost>()
  for (const port of new Set(all.map(({ route }) => route.port)))
    for (const scheme of ["https", "http"] as const) {
      const rules = createHostRules(levels, scheme, port)
      if (rules !== undefined) byPort.set(ruleKey(scheme, port), rules)
    }
  return { byPort, listed: all.some(({ route }) => route.effect === "allow") }
}

function createHostRules<R extends Route>(
  levels: readonly (readonly CompiledRoute<R>[])[],
  scheme: Scheme,
  port: number,
): HostRules<R> | DeniedHost | undefined {
  // The scheme does not matter: a deny rule denies the port.
  const denies = levels.flat().filter(({ route }) => route.effect === "deny" && route.port === port)
  const closing = denies.find(({ route }) => route.matches === "every")
  if (closing !== undefined) return { outcome: "deny", reason: "host-not-allowed", rule: closing.name }

  const [first, ...others] =
    levels
      .map((level) =>
        level.filter(({ route }) => route.effect === "allow" && route.port === port && route.scheme === scheme),
      )
      .find((level) => level.length > 0) ?? []
  if (first === undefined) return undefined

  for (const other of others) refuseContradiction(first.route, other.route)
  const readsPath = [first, ...others, ...denies].some((compiled) => compiled.readsPath)
  return { outcome: "open", inspect: first.route.inspect, readsPath, denies, allows: [first, ...others] }
}

/** Rows of one host must agree on everything but `matches`, or an agent could choose the row that suits it. */
function refuseContradiction(one: Route, other: Route): void {
  const field = AGREED.find((name) => !Bun.deepEquals(one[name], other[name], true))
  if (field === undefined) return
  throw new OperatorProblem(`Routes for ${one.host} disagree on ${field}: ${one.origin} and ${other.origin}`, {
    hint: "Give the host one credential and one way of inspection, in one place.",
  })
}

/** Complete, so that a new field is judged. */
const IS_AGREED: Readonly<Record<keyof Route, boolean>> = {
  inspect: true,
  injection: true,
  metering: true,
  dlp: true,
  matches: false,
  origin: false,
  // The same for all rows that are compared.
  host: false,
  port: false,
  scheme: false,
  effect: false,
}
const AGREED = (Object.keys(IS_AGREED) as (keyof Route)[]).filter((name) => IS_AGREED[name])

function nameRoute({ origin, effect, host, port, scheme }: Route): string {
  const portText = port === (scheme === "https" ? 443 : 80) ? "" : `:${port}`
  return `${origin}: ${effect === "deny" ? "deny " : ""}${host}${portText}`
}

function compileRoute<R extends Route>(route: R): CompiledRoute<R> {
  const fault = findRouteProblem(route)
  if (fault !== undefined) throw refusedRoute(route, fault)
  const rule = parseRequestRule(route)
  if (rule.kind === "problem") throw refusedRoute(route, rule.detail)
  return { route, name: nameRoute(route), readsPath: rule.readsPath, covers: rule.covers }
}

function refusedRoute(route: Route, fault: string): OperatorProblem {
  return new OperatorProblem(`Route ${route.host} of ${route.origin} cannot be obeyed: ${fault}`, {
    hint: "Correct the route in the manifest it comes from.",
  })
}
