// Judges a tunnel before any DNS lookup and any TLS, and says what it will be joined to.

import {
  type Authority,
  type CredentialedRoute,
  type Denial,
  type DenialReason,
  INTERNAL_HOST,
  type ListedRoute,
  SELF_TEST_HOST,
} from "@bot-bottle/contracts"
import { describeDenial } from "./denial-words.ts"
import type { EgressSwitch } from "./egress-switch.ts"
import type { EventLog } from "./event-log.ts"
import type { Admission, TunnelPolicy } from "./intercept/connection.ts"
import type { InnerServers } from "./intercept/inner-servers.ts"
import type { MeteredHosts } from "./metered-hosts.ts"
import type { AddressBook } from "./upstream/address-book.ts"
import { hostHeader } from "./upstream/send.ts"

export interface TunnelPolicyOptions {
  readonly egress: EgressSwitch
  readonly meteredHosts: MeteredHosts
  readonly innerServers: InnerServers
  readonly addresses: AddressBook
  readonly events: EventLog
}

export function createTunnelPolicy({
  egress,
  meteredHosts,
  innerServers,
  addresses,
  events,
}: TunnelPolicyOptions): TunnelPolicy {
  function inspect(authority: Authority, scheme: "https" | "http", survivesCut: boolean): Admission {
    const open = () => {
      const door = innerServers.open(authority, scheme)
      return { target: { unix: door.path }, release: door.close }
    }
    return { outcome: "inspect", scheme, open, survivesCut }
  }

  function splice(authority: Authority): Admission {
    const dial = async () => {
      const found = await addresses.find(authority)
      if (found.outcome === "refused") return describeDenial(found.reason, placeOf(authority))
      const [{ address, port } = { address: "", port: 0 }] = found.endpoints
      return { target: { hostname: address, port }, release: () => {} }
    }
    return { outcome: "passthrough", dial }
  }

  function judge(authority: Authority, schemes: readonly ("https" | "http")[]): Admission {
    let refusal: Denial | undefined
    for (const scheme of schemes) {
      // A provider's client is answered inside its tunnel even while cut: a closed door makes it retry for minutes.
      if (meteredHosts.find(authority, scheme) !== undefined) return inspect(authority, scheme, true)
      const decision = egress.routes.decideTunnel(authority, scheme)
      if (decision.outcome === "allow")
        return decision.inspect || scheme === "http" ? inspect(authority, scheme, false) : splice(authority)
      refusal ??= describeDenial(decision.reason, placeOf(authority))
    }
    return {
      outcome: "deny",
      denial: egress.cutState?.others ?? refusal ?? describeDenial("host-not-allowed", placeOf(authority)),
    }
  }

  return {
    admit(authority, form) {
      if (authority.host === INTERNAL_HOST && authority.port === 80) return inspect(authority, "http", true)
      if (authority.host === INTERNAL_HOST && authority.port === 443 && form === "connect")
        return inspect(authority, "https", true)
      // CONNECT does not say what will be spoken: some clients tunnel plain HTTP too.
      return judge(authority, form === "connect" ? ["https", "http"] : ["http"])
    },
    recordDenied(reason: DenialReason, authority) {
      // The self-test tries these before the agent runs, and nothing leaves by either.
      if (authority?.host === INTERNAL_HOST || authority?.host === SELF_TEST_HOST) return
      events.recordDenied({ reason, host: authority?.host ?? "", port: authority?.port ?? 0 })
    },
    describe: (reason, authority) => describeDenial(reason, authority === undefined ? "this host" : placeOf(authority)),
  }
}

/** The routes without their credentials: the bottle may not even see that a route has one. */
export function listRoutes(routes: readonly CredentialedRoute[]): readonly ListedRoute[] {
  return routes.map(({ host, port, scheme, effect, inspect, matches }) => ({
    host,
    port,
    scheme,
    effect,
    inspect,
    matches,
  }))
}

export function describeRoutes(routes: readonly CredentialedRoute[]): string {
  return `${JSON.stringify({ routes: listRoutes(routes) }, null, 2)}\n`
}

function placeOf(authority: Authority): string {
  return hostHeader(authority, "https")
}
