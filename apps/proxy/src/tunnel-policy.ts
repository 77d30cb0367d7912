// Judges a tunnel before any DNS lookup and any TLS, and says what becomes of it.
//
// A tunnel to what is not listed opens all the same, and every request in it is refused: only
// there can a client's user read why. Nothing is dialled for it and no name is looked up.

import {
  type Authority,
  type Denial,
  INTERNAL_HOST,
  SELF_TEST_HOST,
  type Slug,
  UNNAMED_HOST,
} from "@bot-bottle/contracts"
import { describeDenial } from "./describe-denial.ts"
import { describeUnlisted } from "./describe-unlisted.ts"
import type { EgressSwitch } from "./egress-switch.ts"
import type { MeteredHosts } from "./metered-hosts.ts"
import { OBSERVED_RULE } from "./observed-routes.ts"
import type { AddressBook, AddressResult } from "./upstream/address-book.ts"
import type { Site } from "./wire/passage.ts"
import { hostHeader, type Scheme } from "./wire/place.ts"
import type { InternalNames } from "./wire/sites/internal-names.ts"
import type { Sites } from "./wire/sites/sites.ts"

export type Admission =
  | {
      readonly outcome: "inspect"
      /** `either`: what the client speaks. */
      readonly speaks: Scheme | "either"
      readonly site: (scheme: Scheme) => Site
      /** A provider's client is answered inside its tunnel even while cut: a closed one makes it retry for minutes. */
      readonly survivesCut: boolean
      /** Present where every request will be refused. */
      readonly denial: Denial | undefined
    }
  | { readonly outcome: "passthrough"; readonly findEndpoints: () => Promise<AddressResult> }
  /** The client's first bytes say what it wants; that is admitted then. */
  | { readonly outcome: "unnamed" }
  /** Not even a tunnel. */
  | { readonly outcome: "refuse"; readonly denial: Denial }

export interface TunnelPolicy {
  admit(authority: Authority): Admission
}

export interface TunnelPolicyOptions {
  /** In the command that a refusal names. */
  readonly slug: Slug
  readonly egress: EgressSwitch
  readonly meteredHosts: MeteredHosts
  readonly addresses: AddressBook
  readonly sites: Sites
  readonly internalNames: InternalNames
}

export function createTunnelPolicy(options: TunnelPolicyOptions): TunnelPolicy {
  const { slug, egress, meteredHosts, addresses, sites, internalNames } = options

  function inspect(authority: Authority, speaks: Scheme, survivesCut: boolean): Admission {
    return { outcome: "inspect", speaks, site: (scheme) => sites.of(authority, scheme), survivesCut, denial: undefined }
  }

  function judge(authority: Authority): Admission {
    const refused = { slug, authority, scheme: authority.port === 80 ? "http" : "https" } as const
    let refusal: Denial | undefined
    // CONNECT does not say what will be spoken: some clients tunnel plain HTTP too.
    for (const scheme of ["https", "http"] as const) {
      if (meteredHosts.find(authority, scheme) !== undefined) return inspect(authority, scheme, true)
      const decision = egress.routes.decideTunnel(authority, scheme)
      if (decision.outcome === "allow" && decision.rule === OBSERVED_RULE)
        return {
          outcome: "inspect",
          speaks: "either",
          site: (spoken) => sites.of(authority, spoken),
          survivesCut: false,
          denial: undefined,
        }
      if (decision.outcome === "allow")
        return decision.inspect || scheme === "http"
          ? inspect(authority, scheme, false)
          : { outcome: "passthrough", findEndpoints: () => addresses.find(authority) }
      refusal ??= describeUnlisted(decision.reason, refused)
    }
    const denial = egress.cutState?.others ?? refusal ?? describeUnlisted("host-not-allowed", refused)
    const site = (scheme: Scheme): Site => sites.of(authority, scheme)
    return { outcome: "inspect", speaks: "either", site, survivesCut: false, denial }
  }

  return {
    admit(authority) {
      const internal = internalNames.find(authority)
      if (internal !== undefined && (authority.port === 80 || authority.port === 443))
        return {
          outcome: "inspect",
          speaks: authority.port === 80 ? "http" : "https",
          site: () => internal,
          survivesCut: true,
          denial: undefined,
        }
      if (authority.host === UNNAMED_HOST) return { outcome: "unnamed" }
      // Asked by the self-test from inside the bottle, before the agent runs.
      if (authority.host === SELF_TEST_HOST || authority.host === INTERNAL_HOST)
        return { outcome: "refuse", denial: describeDenial("host-not-allowed", hostHeader(authority, "https")) }
      return judge(authority)
    },
  }
}
