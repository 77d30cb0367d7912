// The policy in force, made ready for use, and its replacement while the run continues.
//
//   INV-55  A policy is replaced whole or not at all: everything is made out of the new one before anything
//           asks it, so one that cannot be obeyed changes nothing.

import type { CredentialedRoute, RunPolicy } from "@bot-bottle/contracts"
import { createRouteTable, type RouteTable } from "@bot-bottle/egress"
import { createOutboundScan, type OutboundScan } from "./dlp/outbound-scan.ts"
import { createMeteredHosts, type MeteredHosts } from "./metered-hosts.ts"

export interface ReadyPolicy {
  readonly given: RunPolicy
  readonly routes: RouteTable<CredentialedRoute>
  /** True when some route has rules on headers: then every decision needs them. */
  readonly readsHeaders: boolean
  readonly meteredHosts: MeteredHosts
  readonly scan: OutboundScan
}

export interface PolicyInForce {
  readonly current: ReadyPolicy
  /** Throws OperatorProblem for a policy that cannot be obeyed; the one in force stays then. */
  replace(policy: RunPolicy): void
}

export function createPolicyInForce(first: RunPolicy): PolicyInForce {
  let current = prepare(first)
  return {
    get current() {
      return current
    },
    replace(policy) {
      current = prepare(policy)
    },
  }
}

function prepare(given: RunPolicy): ReadyPolicy {
  const { routes } = given
  return {
    given,
    routes: createRouteTable(routes),
    readsHeaders: routes.some(
      ({ matches }) => matches !== "every" && matches.some(({ headers }) => headers.length > 0),
    ),
    meteredHosts: createMeteredHosts(routes),
    scan: createOutboundScan(routes),
  }
}
