// Stands at one route's way out: everything the agent sends there goes through it, is let
// through, masked or refused, and what was caught is recorded.

import type { CredentialedRoute } from "@bot-bottle/contracts"
import type { Framing } from "@bot-bottle/wire"
import { type DlpDenial, describeDlpMatch, describeUnreadableBody } from "../denial-words.ts"
import type { ReadyPolicy } from "../policy.ts"
import type { BodyFilter } from "../wire/body-filter.ts"
import { type BodyFindings, guardPackedBody, guardPlainBody } from "./body-guard.ts"
import { readContentCodings } from "./content-codings.ts"
import type { DlpRecord } from "./dlp-record.ts"
import type { RouteScan, Scanned } from "./outbound-scan.ts"

export interface OutboundGuard {
  /** True where nothing is looked for. */
  readonly isOpen: boolean
  /** The head as it came, whole. Another buffer when something in it was masked. */
  passHead(target: string, raw: Buffer): Buffer | DlpDenial
  /** How a body that is still to come is looked through. A denial where that is not possible. */
  guardBody(body: { readonly framing: Framing; readonly contentEncoding: string | undefined }): BodyGuard | DlpDenial
  /** A body that is in hand, masked in place. */
  passWhole(bytes: Uint8Array): Promise<DlpDenial | undefined>
  /**
   * One message of a WebSocket, before anything of it is sent on. To be called for every message of the
   * agent's, whole and unpacked, before it is metered: text here, binary by `passWhole`.
   */
  passMessage(text: string): string | DlpDenial | Promise<string | DlpDenial>
}

export type BodyGuard =
  | { readonly kind: "none" }
  /** It is small: to be read whole before anything of the request leaves. */
  | { readonly kind: "whole"; readonly maxBytes: number }
  | { readonly kind: "pieces"; readonly filter: BodyFilter }

export interface GuardOptions {
  readonly policy: Pick<ReadyPolicy, "scan">
  readonly record: DlpRecord
  /** Of the log and of messages. */
  readonly host: string
  readonly place: string
}

/** Larger ones are searched piece by piece: to hold them would cost a copy and turns of the event loop. */
const MAX_WHOLE_BYTES = 64 * 1024
const UNGUARDED: BodyGuard = { kind: "none" }

/** A promise only where the route asks for a detector that is not loaded yet. */
export function guardRoute(route: CredentialedRoute, options: GuardOptions): OutboundGuard | Promise<OutboundGuard> {
  const scan = options.policy.scan.forRoute(route)
  return scan instanceof Promise ? scan.then((made) => createGuard(made, options)) : createGuard(scan, options)
}

function createGuard(scan: RouteScan | undefined, { record, host, place }: GuardOptions): OutboundGuard {
  if (scan === undefined) return OPEN_GUARD
  const found = scan

  function refuse(detector: string): DlpDenial {
    record.record({ host, detector, outcome: "blocked" })
    return describeDlpMatch(place, detector)
  }

  function keep<T>(scanned: Scanned<T>): T | DlpDenial {
    if (scanned.outcome === "found") return refuse(scanned.finding.detector)
    if (scanned.outcome === "masked") findings.masked(scanned.findings)
    return scanned.kept
  }

  const findings: BodyFindings = {
    refused: ({ detector }) => refuse(detector),
    masked(masked) {
      for (const { detector } of masked) record.record({ host, detector, outcome: "redacted" })
    },
    unreadable: () => describeUnreadableBody(place),
  }

  return {
    isOpen: false,
    passHead: (target, raw) => keep(found.scanHead(target, raw)),
    guardBody({ framing, contentEncoding }) {
      if (framing.kind === "none") return UNGUARDED
      const codings = readContentCodings(contentEncoding)
      if (codings.kind === "unknown") return describeUnreadableBody(place)
      if (codings.kind === "packed") return { kind: "pieces", filter: guardPackedBody(found, codings, findings) }
      if (framing.kind === "length" && framing.bytes <= MAX_WHOLE_BYTES)
        return { kind: "whole", maxBytes: framing.bytes }
      return { kind: "pieces", filter: guardPlainBody(found, findings) }
    },
    async passWhole(bytes) {
      const kept = keep(await found.scanWhole(bytes))
      return "reason" in kept ? kept : undefined
    },
    passMessage(text) {
      const scanned = found.scanMessage(text)
      return scanned instanceof Promise ? scanned.then(keep) : keep(scanned)
    },
  }
}

const OPEN_GUARD: OutboundGuard = {
  isOpen: true,
  passHead: (_, raw) => raw,
  guardBody: () => UNGUARDED,
  passWhole: async () => undefined,
  passMessage: (text) => text,
}
