// The guard of each route to one place, made when its first request comes.

import type { CredentialedRoute } from "@bot-bottle/contracts"
import type { Asker } from "../../ask/supervision.ts"
import type { DlpRecord } from "../../dlp/dlp-record.ts"
import { guardRoute, type OutboundGuard } from "../../dlp/outbound-guard.ts"
import type { PolicyInForce } from "../../policy.ts"
import type { Place } from "../place.ts"

export interface RouteGuardsOptions {
  readonly policy: Pick<PolicyInForce, "current">
  readonly dlp: DlpRecord
  /** Undefined in a run whose operator is asked nothing. */
  readonly asker: Asker | undefined
}

export class RouteGuards {
  readonly #place: Place
  readonly #options: RouteGuardsOptions
  readonly #made = new WeakMap<CredentialedRoute, OutboundGuard>()

  constructor(place: Place, options: RouteGuardsOptions) {
    this.#place = place
    this.#options = options
  }

  /** `rule`: the route's name, as the operator reads it. */
  of(route: CredentialedRoute, rule: string): OutboundGuard | Promise<OutboundGuard> {
    const known = this.#made.get(route)
    if (known !== undefined) return known
    const { policy, dlp, asker } = this.#options
    const place = this.#place
    const made = guardRoute(route, {
      policy: policy.current,
      record: dlp,
      host: place.host,
      place: place.name,
      ask: (detector, agent) => asker?.askForMatch(place, { rule, detector }, agent),
    })
    return made instanceof Promise ? made.then((guard) => this.#keep(route, guard)) : this.#keep(route, made)
  }

  #keep(route: CredentialedRoute, guard: OutboundGuard): OutboundGuard {
    this.#made.set(route, guard)
    return guard
  }
}
