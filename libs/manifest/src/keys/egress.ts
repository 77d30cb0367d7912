// Reads `egress`: the route list of one bottle, how much is logged, what is looked for in all that
// leaves, and which requests wait for the operator.

import {
  type Dlp,
  MATCH_RULES,
  MAX_ASK_TIMEOUT_MS,
  type MatchRule,
  SERVER_TOOL_RULES,
  type ServerToolRule,
  UNLISTED_RULES,
  type UnlistedRule,
} from "@bot-bottle/contracts"
import type { RouteSpec } from "../manifest.ts"
import { type Fields, fields, listOf, oneOf, type Place, type Reader, reject, type Sourced } from "../yaml/fields.ts"
import { dlp } from "./dlp.ts"
import { durationBetween } from "./duration.ts"
import { routeOf } from "./route.ts"

export interface EgressFields {
  log: 0 | 1 | 2
  /** For every route that does not say otherwise, the providers' own among them. */
  dlp: Dlp
  server_tools: ServerToolRule
  on_unlisted: UnlistedRule
  on_match: MatchRule
  ask_timeout: number
  routes: readonly Sourced<readonly RouteSpec[]>[]
}

export function egressOf(bottle: string): Reader<Fields<EgressFields>> {
  return fields<EgressFields>({
    log: logLevel,
    dlp,
    server_tools: oneOf(SERVER_TOOL_RULES),
    on_unlisted: oneOf(UNLISTED_RULES),
    on_match: oneOf(MATCH_RULES),
    ask_timeout: askTimeout,
    routes: (node, place) => {
      const routes = listOf(routeOf(bottle))(node, place)
      reportConflicts(routes ?? [], place)
      return routes
    },
  })
}

/** Longer, and most clients give up before. */
export const askTimeout = durationBetween(1_000, MAX_ASK_TIMEOUT_MS, "20s, up to 120s")

const logLevel: Reader<0 | 1 | 2> = (node, place) => {
  const level = node.kind === "scalar" ? ([0, 1, 2] as const).find((candidate) => candidate === node.value) : undefined
  return level ?? reject(node, place, "must be 0 (off), 1 (denials) or 2 (every request)")
}

/** The fields that change the bytes that leave, or how they are judged. Complete, so that a new field is judged. */
const IS_SENT: Readonly<Record<keyof RouteSpec, boolean>> = {
  injection: true,
  tokenRef: true,
  inspect: true,
  dlp: true,
  // A manifest sets none: `attach-credentials` meters by the host.
  metering: false,
  matches: false,
  origin: false,
  // The same for all rows that are compared.
  host: false,
  port: false,
  scheme: false,
  effect: false,
}
const SENT = (Object.keys(IS_SENT) as (keyof RouteSpec)[]).filter((field) => IS_SENT[field])

/** Two entries for one destination that differ in what they send would make the credential a matter of order. */
function reportConflicts(routes: EgressFields["routes"], place: Place): void {
  const first = new Map<string, { readonly sending: string; readonly line: number }>()
  for (const { value: rows, origin } of routes) {
    for (const row of rows.filter(({ effect }) => effect === "allow")) {
      const destination = `${row.scheme} ${row.host} ${row.port}`
      const sending = JSON.stringify(SENT.map((field) => row[field]))
      const earlier = first.get(destination)
      if (!earlier) first.set(destination, { sending, line: origin.line })
      else if (earlier.sending !== sending) {
        const message = `'${place.path}' lists ${row.host} twice, with different 'auth', 'inspect' or 'dlp' (also on line ${earlier.line})`
        place.report(origin.line, message, "give both entries the same, or make one entry with all 'matches'")
      }
    }
  }
}
