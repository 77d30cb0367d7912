// The route table of a run that the operator started to learn its routes: what is not listed passes,
// without any credential, and is logged as observed.
//
// Observation widens nothing else. A deny route, an address in place of a name, the names of bot-bottle
// itself and the limits of a listed host refuse as before. Behind this table stand the address check,
// the search for credentials and the budgets.

import {
  type Authority,
  type CredentialedRoute,
  DEFAULT_DLP,
  type DenialReason,
  type Dlp,
  INTERNAL_HOST,
  type Route,
} from "@bot-bottle/contracts"
import type { RouteTable } from "@bot-bottle/egress"

/** The rule in the log of a request that no route listed. */
export const OBSERVED_RULE = "observe"

/** `dlp`: the bottle's word on what is searched for. It is searched for in any case. */
export function observeUnlisted(
  table: RouteTable<CredentialedRoute>,
  dlp: Dlp | undefined,
): RouteTable<CredentialedRoute> {
  const made = new Map<string, CredentialedRoute>()

  /** One object a place: what is known of a route is kept by the route. */
  function routeTo({ host, port }: Authority, scheme: Route["scheme"]): CredentialedRoute {
    const key = `${scheme} ${host}:${port}`
    const known = made.get(key) ?? {
      host,
      port,
      scheme,
      effect: "allow" as const,
      inspect: true,
      matches: "every" as const,
      dlp: dlp === undefined || dlp.outbound === "off" ? DEFAULT_DLP : dlp,
      origin: OBSERVED_RULE,
    }
    if (made.size >= MAX_PLACES) made.clear()
    made.set(key, known)
    return known
  }

  return {
    routes: table.routes,
    decideTunnel(authority, scheme) {
      const decision = table.decideTunnel(authority, scheme)
      if (!isUnlisted(authority, decision)) return decision
      return { outcome: "allow", inspect: true, rule: OBSERVED_RULE }
    },
    decideRequest(authority, scheme, request) {
      const decision = table.decideRequest(authority, scheme, request)
      if (!isUnlisted(authority, decision) || NEVER_FORWARDED.has(request.method.toUpperCase())) return decision
      return { outcome: "allow", route: routeTo(authority, scheme), path: request.path, rule: OBSERVED_RULE }
    },
  }
}

const MAX_PLACES = 4_096
const NEVER_FORWARDED = new Set(["CONNECT", "TRACE", "TRACK"])

type Decision =
  | { readonly outcome: "allow" }
  | { readonly outcome: "deny"; readonly reason: DenialReason; readonly rule?: string }

/** A refusal with a rule is an operator's word. */
function isUnlisted({ host, kind }: Authority, decision: Decision): boolean {
  if (decision.outcome === "allow" || decision.rule !== undefined || kind !== "name") return false
  if (host === INTERNAL_HOST || host.endsWith(`.${INTERNAL_HOST}`)) return false
  return decision.reason === "host-not-allowed" || decision.reason === "port-not-allowed"
}
