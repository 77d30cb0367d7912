// Compiles the `matches` of a route into one test of a request.
//
// AND inside a match, OR between matches. A deny reads widely where an allow reads narrowly:
// it ignores the case of paths, since many servers do, and `/admin/` also covers `/admin`.

import type { PathMatch, Route, RouteMatch } from "@bot-bottle/contracts"
import { parsePath } from "./path-form.ts"
import { parsePathRegex } from "./path-regex.ts"

export interface JudgedRequest {
  /** Upper-case. */
  readonly method: string
  /** In the normal form of path-form.ts when `readsPath`. */
  readonly path: string
  /** Lower-case name to value. */
  readonly headers: Readonly<Record<string, string>>
}

export type RequestRule =
  | { readonly kind: "rule"; readonly readsPath: boolean; covers(request: JudgedRequest): boolean }
  | RequestRuleProblem

export interface RequestRuleProblem {
  readonly kind: "problem"
  /** One sentence that quotes the value at fault. */
  readonly detail: string
}

export function parseRequestRule({ matches, effect }: Pick<Route, "matches" | "effect">): RequestRule {
  if (matches === "every") return { kind: "rule", readsPath: false, covers: () => true }
  if (matches.length === 0) return problem("`matches` is empty: leave it out to cover every request")

  const tests: ((request: JudgedRequest) => boolean)[] = []
  for (const match of matches) {
    const test = parseMatch(match, effect)
    if (typeof test !== "function") return test
    tests.push(test)
  }
  return {
    kind: "rule",
    readsPath: matches.some((match) => match.paths !== "every"),
    covers: (request) => tests.some((test) => test(request)),
  }
}

function parseMatch(
  match: RouteMatch,
  effect: Route["effect"],
): ((request: JudgedRequest) => boolean) | RequestRuleProblem {
  if (match.methods.length === 0) return problem("`methods` is empty: leave it out to cover every method")
  if (match.paths.length === 0) return problem("`paths` is empty: leave it out to cover every path")

  const methods = match.methods === "every" ? "every" : new Set(match.methods.map((method) => method.toUpperCase()))
  const paths: ((path: string) => boolean)[] = []
  for (const path of match.paths === "every" ? [] : match.paths) {
    const test = parsePathMatch(path, effect)
    if (typeof test !== "function") return test
    paths.push(test)
  }
  const headers = match.headers.map(({ name, value }) => ({ name: name.toLowerCase(), value }))

  return (request) =>
    (methods === "every" || methods.has(request.method) || (request.method === "HEAD" && methods.has("GET"))) &&
    (match.paths === "every" || paths.some((test) => test(request.path))) &&
    headers.every(({ name, value }) => Object.hasOwn(request.headers, name) && request.headers[name] === value)
}

function parsePathMatch(
  { type, value }: PathMatch,
  effect: Route["effect"],
): ((path: string) => boolean) | RequestRuleProblem {
  const fold = effect === "deny" ? (text: string) => text.toLowerCase() : (text: string) => text

  if (type === "regex") {
    const regex = parsePathRegex(value, { ignoreCase: effect === "deny" })
    if (regex.kind === "problem") return problem(`path regex ${JSON.stringify(value)} ${regex.detail}`)
    return (path) => regex.matches(path)
  }

  const form = parsePath(encodeURI(value.toWellFormed()).replaceAll("%25", "%"))
  if (form.kind === "ambiguous") return problem(`path ${JSON.stringify(value)} can never match: ${form.detail}`)
  const wanted = fold(form.path)
  if (type === "exact") return (path) => fold(path) === wanted

  const below = wanted.endsWith("/") ? wanted : `${wanted}/`
  const self = below === wanted && effect === "deny" ? wanted.slice(0, -1) : wanted
  return (path) => {
    const folded = fold(path)
    return folded.startsWith(below) || folded === self
  }
}

function problem(detail: string): RequestRuleProblem {
  return { kind: "problem", detail }
}
