// Reads `matches`: which requests a route is for. An empty list anywhere is refused, since
// for an allow it would mean nothing and for a deny everything.

import { type HeaderMatch, PATH_MATCH_TYPES, type PathMatch, type Route, type RouteMatch } from "@bot-bottle/contracts"
import { findRouteProblem } from "@bot-bottle/egress/routes"
import {
  fields,
  hasKey,
  listOf,
  oneOf,
  type Place,
  privateTextAs,
  type Reader,
  reject,
  type Sourced,
  textAs,
  watched,
} from "../yaml/fields.ts"
import type { YamlNode } from "../yaml/yaml-text.ts"

export const matches: Reader<readonly RouteMatch[]> = (node, place) =>
  filledList(readMatch)(node, place)?.map(({ value }) => value)

const readMatch: Reader<RouteMatch> = (node, outer) => {
  const place = watched(outer)
  const match = readMatchFields(node, place)
  if (!match || !place.isSound()) return undefined
  if (node.kind === "mapping" && node.entries.length === 0) {
    return reject(node, place, "matches every request", "name paths, methods or headers, or leave 'matches' out")
  }
  const read: RouteMatch = {
    methods: match.methods?.value.map(({ value }) => value) ?? "every",
    paths: match.paths?.value.map(({ value }) => value) ?? "every",
    headers: match.headers?.value.map(({ value }) => value) ?? [],
  }
  const problem = findRouteProblem({ ...PROBE, matches: [read] })
  return problem === undefined ? read : reject(node, place, `cannot work: ${problem}`)
}

/** Asks libs/egress about one match alone, so that the answer gets the match's own line. */
const PROBE: Route = {
  host: "any.example",
  port: 443,
  scheme: "https",
  effect: "allow",
  inspect: true,
  matches: "every",
  origin: "",
}

const METHODS = [
  ...(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const),
  ...(["PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "REPORT", "SEARCH", "QUERY"] as const),
]

/** Any case; a method is upper-case on the wire. */
const method: Reader<string> = (node, place) =>
  oneOf(METHODS)(node.kind === "scalar" ? { ...node, text: node.text.toUpperCase() } : node, place)

const readPath: Reader<PathMatch> = (node, place) => {
  const path = readPathFields(node, place)
  if (path?.type && path.value) return { type: path.type.value, value: path.value.value }
  return needsKeys(node, place, ["type", "value"])
}

const readHeader: Reader<HeaderMatch> = (node, place) => {
  const header = readHeaderFields(node, place)
  if (header?.name && header.value) return { name: header.name.value, value: header.value.value }
  return needsKeys(node, place, ["name", "value"])
}

const readPathFields = fields<PathMatch>({
  type: oneOf(PATH_MATCH_TYPES),
  value: textAs("a path", (text) => (/^[^\p{C}]{1,1024}$/u.test(text) ? text : undefined)),
})

const readHeaderFields = fields<HeaderMatch>({
  name: textAs("a header name", (text) =>
    /^[a-z0-9!#$%&'*+.^_`|~-]{1,64}$/i.test(text) ? text.toLowerCase() : undefined,
  ),
  value: privateTextAs("a header value on one line", (text) => (/^[\x20-\x7e]{1,1024}$/.test(text) ? text : undefined)),
})

const readMatchFields = fields<{
  paths: readonly Sourced<PathMatch>[]
  methods: readonly Sourced<string>[]
  headers: readonly Sourced<HeaderMatch>[]
}>({
  paths: filledList(readPath),
  methods: filledList(method),
  headers: filledList(readHeader),
})

function filledList<T>(reader: Reader<T>): Reader<readonly Sourced<T>[]> {
  return (node, place) => {
    if (node.kind !== "list" || node.items.length > 0) return listOf(reader)(node, place)
    return reject(node, place, "is empty", "leave the key out to cover every request")
  }
}

function needsKeys(node: YamlNode, place: Place, keys: readonly string[]): undefined {
  const missing = keys.filter((key) => !hasKey(node, key))
  if (node.kind !== "mapping" || missing.length === 0) return undefined
  return reject(node, place, `needs '${missing.join("' and '")}'`)
}
