// Judges the first bytes of a tunnel: plain HTTP or TLS, and for which name. Pure.

import { type Authority, type DenialReason, parseHostname } from "@bot-bottle/contracts"
import type { readClientHello } from "@bot-bottle/egress"
import type { Admission } from "../../tunnel-policy.ts"

/** Plain HTTP begins with a method; TLS does not. */
export function isLetter(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x41 && byte <= 0x5a
}

/** Tunnels with another way must not stay open. */
export function wayOf(admission: Admission): string {
  if (admission.outcome !== "inspect") return admission.outcome
  return admission.denial === undefined ? `inspect ${admission.speaks}` : "denied"
}

/** Every request of such a tunnel was refused before, and is judged by a route now. */
export function isGranted(before: Admission, now: Admission): now is Extract<Admission, { outcome: "inspect" }> {
  const wasRefused = before.outcome === "inspect" && before.denial !== undefined
  return wasRefused && now.outcome === "inspect" && now.denial === undefined
}

export function findHelloProblem(
  hello: Exclude<ReturnType<typeof readClientHello>, { kind: "incomplete" }>,
  authority: Authority,
  admission: Exclude<Admission, { outcome: "refuse" }>,
): DenialReason | undefined {
  if (hello.kind === "not-tls") return "foreign-protocol"
  // RFC 6066 has no server name for an address: a client of a listed literal sends none.
  if (hello.serverName === undefined) return authority.kind === "ip" ? undefined : "host-mismatch"
  // An encrypted inner hello could name another host, and what is passed through cannot be looked into.
  if (hello.encryptedHello && admission.outcome === "passthrough") return "host-mismatch"
  const named = parseHostname(hello.serverName)
  return named.kind !== "malformed" && named.host === authority.host ? undefined : "host-mismatch"
}
