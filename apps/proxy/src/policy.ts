// The policy in force, made ready for use, and its replacement while the run continues.
//
//   INV-55  A policy is replaced whole or not at all: everything is made out of the new one before anything
//           asks it, so one that cannot be obeyed changes nothing.
//
// Routes that the operator granted at run time stand beside the bottle's own, also after a reload.

import type { CredentialedRoute, RunPolicy } from "@bot-bottle/contracts"
import { createRouteTable, type RouteTable } from "@bot-bottle/egress"
import { type Grant, grantedRoutes } from "./ask/granted-routes.ts"
import { createOutboundScan, type OutboundScan } from "./dlp/outbound-scan.ts"
import { createMeteredHosts, type MeteredHosts } from "./metered-hosts.ts"
import { observeUnlisted } from "./observed-routes.ts"

export interface ReadyPolicy {
  readonly given: RunPolicy
  /** The bottle's own and those that were granted. */
  readonly routes: RouteTable<CredentialedRoute>
  /** True when some route has rules on headers: then every decision needs them. */
  readonly readsHeaders: boolean
  /** The bottle's own alone. */
  readonly listed: RouteTable<CredentialedRoute>
  readonly meteredHosts: MeteredHosts
  readonly scan: OutboundScan
}

export interface PolicyInForce {
  readonly current: ReadyPolicy
  /** Throws OperatorProblem for a policy that cannot be obeyed; the one in force stays then. */
  replace(policy: RunPolicy): void
  /** In place of the routes that were granted before. */
  grant(grants: readonly Grant[]): void
}

export function createPolicyInForce(first: RunPolicy): PolicyInForce {
  let grants: readonly Grant[] = []
  let current = prepare(first, grants)
  return {
    get current() {
      return current
    },
    replace(policy) {
      current = prepare(policy, grants)
    },
    grant(now) {
      grants = now
      // The bottle's credentials, hosts and scan stay: no grant changes them.
      current = { ...current, routes: createTable(current, grants) }
    },
  }
}

function prepare(given: RunPolicy, grants: readonly Grant[]): ReadyPolicy {
  const { routes } = given
  const listed = createRouteTable(routes)
  return {
    given,
    routes: createTable({ given, listed }, grants),
    listed,
    readsHeaders: routes.some(
      ({ matches }) => matches !== "every" && matches.some(({ headers }) => headers.length > 0),
    ),
    meteredHosts: createMeteredHosts(routes),
    scan: createOutboundScan(routes, given.supervise?.onMatch ?? "refuse"),
  }
}

function createTable(
  { given, listed }: Pick<ReadyPolicy, "given" | "listed">,
  grants: readonly Grant[],
): RouteTable<CredentialedRoute> {
  const { routes, supervise, observe } = given
  const table =
    grants.length === 0 ? listed : createRouteTable([...routes, ...grantedRoutes(grants, routes, supervise?.dlp)])
  return observe === undefined ? table : observeUnlisted(table, observe.dlp)
}
