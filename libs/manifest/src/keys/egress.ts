// Reads `egress`: the route list of one bottle, and how much is logged.

import type { RouteSpec } from "../manifest.ts"
import { type Fields, fields, listOf, type Place, type Reader, reject, type Sourced } from "../yaml/fields.ts"
import { routeOf } from "./route.ts"

export interface EgressFields {
  log: 0 | 1 | 2
  routes: readonly Sourced<readonly RouteSpec[]>[]
}

export function egressOf(bottle: string): Reader<Fields<EgressFields>> {
  return fields<EgressFields>({
    log: logLevel,
    routes: (node, place) => {
      const routes = listOf(routeOf(bottle))(node, place)
      reportConflicts(routes ?? [], place)
      return routes
    },
  })
}

const logLevel: Reader<0 | 1 | 2> = (node, place) => {
  const level = node.kind === "scalar" ? ([0, 1, 2] as const).find((candidate) => candidate === node.value) : undefined
  return level ?? reject(node, place, "must be 0 (off), 1 (denials) or 2 (every request)")
}

/** Two entries for one destination that differ in what they send would make the credential a matter of order. */
function reportConflicts(routes: EgressFields["routes"], place: Place): void {
  const first = new Map<string, { readonly sending: string; readonly line: number }>()
  for (const { value: rows, origin } of routes) {
    for (const row of rows.filter(({ effect }) => effect === "allow")) {
      const destination = `${row.scheme} ${row.host} ${row.port}`
      const sending = JSON.stringify([row.injection?.header, row.injection?.template, row.tokenRef, row.inspect])
      const earlier = first.get(destination)
      if (!earlier) first.set(destination, { sending, line: origin.line })
      else if (earlier.sending !== sending) {
        const message = `'${place.path}' lists ${row.host} twice, with different 'auth' or 'inspect' (also on line ${earlier.line})`
        place.report(origin.line, message, "give both entries the same, or make one entry with all 'matches'")
      }
    }
  }
}
