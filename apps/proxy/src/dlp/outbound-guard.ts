// Stands at one route's way out: everything the agent sends there goes through it, is let
// through, masked or refused, and what was caught is recorded.

import type { CredentialedRoute } from "@bot-bottle/contracts"
import { type DlpDenial, describeDlpMatch, describeUnreadableBody } from "../denial-words.ts"
import type { ReadyPolicy } from "../policy.ts"
import type { DlpRecord } from "./dlp-record.ts"
import type { RouteScan, Scanned } from "./outbound-scan.ts"
import { type OutgoingBody, scanRequestBody } from "./request-body.ts"

export interface OutboundGuard {
  passHead(target: string, headers: Headers): Headers | DlpDenial
  /** A body that is in hand, masked in place. */
  passWhole(bytes: Uint8Array): Promise<DlpDenial | undefined>
  /**
   * One message of a WebSocket, before anything of it is sent on. To be called for every message of the
   * agent's, whole and unpacked, before it is metered: text here, binary by `passWhole`.
   */
  passMessage(text: string): string | DlpDenial | Promise<string | DlpDenial>
  /** A body that is still to come. `stopped` says, once the request came to nothing, that it was for this. */
  passBody(request: Request): Promise<GuardedBody | DlpDenial>
}

export interface GuardedBody extends Pick<OutgoingBody, "body" | "signal"> {
  readonly stopped: DlpDenial | undefined
  /** Once the body is through, or the request is over. */
  over(): void
}

export interface GuardOptions {
  readonly policy: Pick<ReadyPolicy, "scan">
  readonly record: DlpRecord
  /** Of the log and of messages. */
  readonly host: string
  readonly place: string
}

/** A promise only where the route asks for a detector that is not loaded yet. */
export function guardRoute(route: CredentialedRoute, options: GuardOptions): OutboundGuard | Promise<OutboundGuard> {
  const scan = options.policy.scan.forRoute(route)
  return scan instanceof Promise ? scan.then((made) => createGuard(made, options)) : createGuard(scan, options)
}

function createGuard(scan: RouteScan | undefined, { record, host, place }: GuardOptions): OutboundGuard {
  function refuse(detector: string): DlpDenial {
    record.record({ host, detector, outcome: "blocked" })
    return describeDlpMatch(place, detector)
  }

  function recordMasked(findings: OutgoingBody["masked"]): void {
    for (const { detector } of findings) record.record({ host, detector, outcome: "redacted" })
  }

  function keep<T>(scanned: Scanned<T>): T | DlpDenial {
    if (scanned.outcome === "found") return refuse(scanned.finding.detector)
    if (scanned.outcome === "masked") recordMasked(scanned.findings)
    return scanned.kept
  }

  function guardBody(outgoing: OutgoingBody): GuardedBody {
    let stopped: DlpDenial | undefined
    let isOver = false
    return {
      body: outgoing.body,
      signal: outgoing.signal,
      get stopped() {
        if (outgoing.stopped === undefined || outgoing.stopped.kind === "torn") return undefined
        stopped ??=
          outgoing.stopped.kind === "found" ? refuse(outgoing.stopped.finding.detector) : describeUnreadableBody(place)
        return stopped
      },
      over() {
        if (!isOver) recordMasked(outgoing.masked)
        isOver = true
      },
    }
  }

  return {
    passHead: (target, headers) => (scan === undefined ? headers : keep(scan.scanHead(target, headers))),
    async passWhole(bytes) {
      const kept = scan === undefined ? bytes : keep(await scan.scanWhole(bytes))
      return "reason" in kept ? kept : undefined
    },
    passMessage(text) {
      if (scan === undefined) return text
      const scanned = scan.scanMessage(text)
      return scanned instanceof Promise ? scanned.then(keep) : keep(scanned)
    },
    async passBody(request) {
      const guarded = guardBody(await scanRequestBody(scan, request))
      return guarded.stopped ?? guarded
    },
  }
}
