// Says on which ports a name may be reached now: what the bottle's name server asks before it
// gives the name an address. The same judgement as a tunnel's, made a moment earlier.

import {
  type Authority,
  type DenialReason,
  INTERNAL_HOST,
  type InternalService,
  parseHostname,
} from "@bot-bottle/contracts"
import type { EgressSwitch } from "./egress-switch.ts"
import type { MeteredHosts } from "./metered-hosts.ts"

export type PortsResult =
  | { readonly outcome: "open"; readonly ports: readonly number[] }
  | { readonly outcome: "closed"; readonly reason: DenialReason }

/** Tried although no route names them: a provider's host stays where it is while its routes are cut. */
const USUAL_PORTS = [443, 80]

export interface OpenPortsOptions {
  readonly egress: EgressSwitch
  readonly meteredHosts: MeteredHosts
  /** Of the run's own, by the first label of their names. */
  readonly services: Readonly<Partial<Record<InternalService, string>>>
}

export function findOpenPorts(text: string, { egress, meteredHosts, services }: OpenPortsOptions): PortsResult {
  const named = parseHostname(text)
  if (named.kind === "malformed") return { outcome: "closed", reason: "malformed-host" }
  if (named.kind === "ip") return { outcome: "closed", reason: "ip-literal" }
  if (named.host === INTERNAL_HOST) return { outcome: "open", ports: USUAL_PORTS }
  if (Object.keys(services).some((name) => named.host === `${name}.${INTERNAL_HOST}`))
    return { outcome: "open", ports: [80] }

  const isOpen = (authority: Authority) =>
    (["https", "http"] as const).some(
      (scheme) =>
        meteredHosts.find(authority, scheme) !== undefined ||
        egress.routes.decideTunnel(authority, scheme).outcome === "allow",
    )
  const candidates = new Set([...USUAL_PORTS, ...egress.routes.routes.map(({ port }) => port)])
  const ports = [...candidates].filter((port) => isOpen({ ...named, port }))
  if (ports.length > 0) return { outcome: "open", ports }
  return { outcome: "closed", reason: egress.cutState?.others.reason ?? "host-not-allowed" }
}
