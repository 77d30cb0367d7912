// Stands at one route's way out: everything the agent sends there goes through it, is let
// through, masked or refused, and what was caught is recorded.

import type { CredentialedRoute } from "@bot-bottle/contracts"
import type { Finding } from "@bot-bottle/egress"
import type { Framing } from "@bot-bottle/wire"
import { describeHeldMatch } from "../ask/describe-hold.ts"
import type { HoldEnd } from "../ask/held-requests.ts"
import { type DlpDenial, describeDlpMatch, describeUnreadableBody } from "../describe-denial.ts"
import type { ReadyPolicy } from "../policy.ts"
import type { BodyFilter } from "../wire/body/body-filter.ts"
import type { AgentLink } from "../wire/passage.ts"
import { type BodyFindings, guardPackedBody, guardPlainBody } from "./body-guard.ts"
import { readContentCodings } from "./content-codings.ts"
import type { DlpRecord } from "./dlp-record.ts"
import type { RouteScan, Scanned } from "./outbound-scan.ts"

export interface OutboundGuard {
  /** True where nothing is looked for. */
  readonly isOpen: boolean
  /** The head as it came, whole. Another buffer when something in it was masked. A promise where the operator is asked. */
  passHead(target: string, raw: Buffer, agent: AgentLink): Buffer | DlpDenial | Promise<Buffer | DlpDenial>
  /** How a body that is still to come is looked through. A denial where that is not possible. */
  guardBody(body: GuardedBody, agent: AgentLink): BodyGuard | DlpDenial
  /** A body that is in hand, masked in place. `agent`: undefined for a message of a WebSocket. */
  passWhole(bytes: Uint8Array, agent: AgentLink | undefined): Promise<DlpDenial | undefined>
  /**
   * One message of a WebSocket, before anything of it is sent on. To be called for every message of the
   * agent's, whole and unpacked, before it is metered: text here, binary by `passWhole`.
   */
  passMessage(text: string): string | DlpDenial | Promise<string | DlpDenial>
  /** The payload of a WebSocket's ping, pong or close frame: nothing in it is masked, and nobody is asked. */
  findInControl(payload: Uint8Array): DlpDenial | undefined
}

export interface GuardedBody {
  readonly framing: Framing
  readonly contentEncoding: string | undefined
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
  /** Puts a match before the operator; undefined where nobody is asked. */
  readonly ask: (detector: string, agent: AgentLink | undefined) => Promise<HoldEnd> | undefined
}

/** Larger ones are searched piece by piece: to hold them would cost a copy and turns of the event loop. */
const MAX_WHOLE_BYTES = 64 * 1024
const UNGUARDED: BodyGuard = { kind: "none" }

/** A promise only where the route asks for a detector that is not loaded yet. */
export function guardRoute(route: CredentialedRoute, options: GuardOptions): OutboundGuard | Promise<OutboundGuard> {
  const scan = options.policy.scan.forRoute(route)
  return scan instanceof Promise ? scan.then((made) => createGuard(made, options)) : createGuard(scan, options)
}

function createGuard(scan: RouteScan | undefined, { record, host, place, ask }: GuardOptions): OutboundGuard {
  if (scan === undefined) return OPEN_GUARD
  const found = scan

  function refuse(detector: string): DlpDenial {
    record.record({ host, detector, outcome: "blocked" })
    return describeDlpMatch(place, detector)
  }

  /** A denial, or undefined where the operator lets the find leave. */
  async function hold({ detector, isSealed }: Finding, agent: AgentLink | undefined): Promise<DlpDenial | undefined> {
    // A masking rule refuses where it may change nothing. To let such a request out whole would be worse.
    const asked = isSealed === true || found.mode !== "block" ? undefined : ask(detector, agent)
    if (asked === undefined) return refuse(detector)
    const end = await asked
    const outcome = end.outcome === "approved" ? "approved" : end.outcome === "unasked" ? "blocked" : "held"
    record.record({ host, detector, outcome })
    return end.outcome === "approved" ? undefined : describeHeldMatch(end, place, detector)
  }

  /** Repeated without what the operator let through, until nothing is found or something is refused. */
  async function scanAgain<T>(
    first: Finding,
    agent: AgentLink | undefined,
    again: (scan: RouteScan) => Scanned<T> | Promise<Scanned<T>>,
  ): Promise<T | DlpDenial> {
    const allowed = new Set<string>()
    const rest = found.without(allowed)
    for (let finding = first; ; ) {
      const denial = await hold(finding, agent)
      if (denial !== undefined) return denial
      allowed.add(finding.detector)
      const scanned = await again(rest)
      if (scanned.outcome !== "found") return scanned.kept
      finding = scanned.finding
    }
  }

  function keep<T>(
    scanned: Scanned<T>,
    agent: AgentLink | undefined,
    again: (scan: RouteScan) => Scanned<T> | Promise<Scanned<T>>,
  ): T | DlpDenial | Promise<T | DlpDenial> {
    if (scanned.outcome === "found") return scanAgain(scanned.finding, agent, again)
    if (scanned.outcome === "masked") masked(scanned.findings)
    return scanned.kept
  }

  function masked(findings: readonly Finding[]): void {
    for (const { detector } of findings) record.record({ host, detector, outcome: "redacted" })
  }

  const findingsOf = (agent: AgentLink): BodyFindings => ({
    refused: ({ detector }) => refuse(detector),
    held: (finding) => hold(finding, agent),
    masked,
    unreadable: () => describeUnreadableBody(place),
  })

  return {
    isOpen: false,
    passHead: (target, raw, agent) => keep(found.scanHead(target, raw), agent, (scan) => scan.scanHead(target, raw)),
    guardBody({ framing, contentEncoding }, agent) {
      if (framing.kind === "none") return UNGUARDED
      const codings = readContentCodings(contentEncoding)
      if (codings.kind === "unknown") return describeUnreadableBody(place)
      const findings = findingsOf(agent)
      if (codings.kind === "packed") return { kind: "pieces", filter: guardPackedBody(found, codings, findings) }
      if (framing.kind === "length" && framing.bytes <= MAX_WHOLE_BYTES)
        return { kind: "whole", maxBytes: framing.bytes }
      return { kind: "pieces", filter: guardPlainBody(found, findings) }
    },
    async passWhole(bytes, agent) {
      const kept = await keep(await found.scanWhole(bytes), agent, (scan) => scan.scanWhole(bytes))
      return "reason" in kept ? kept : undefined
    },
    passMessage(text) {
      const scanned = found.scanMessage(text)
      const finish = (first: Scanned<string>) => keep(first, undefined, (scan) => scan.scanMessage(text))
      return scanned instanceof Promise ? scanned.then(finish) : finish(scanned)
    },
    findInControl(payload) {
      const finding = payload.length === 0 ? undefined : found.findInText(Buffer.from(payload).toString("latin1"))
      return finding === undefined ? undefined : refuse(finding.detector)
    },
  }
}

const OPEN_GUARD: OutboundGuard = {
  isOpen: true,
  passHead: (_, raw) => raw,
  guardBody: () => UNGUARDED,
  passWhole: async () => undefined,
  passMessage: (text) => text,
  findInControl: () => undefined,
}
