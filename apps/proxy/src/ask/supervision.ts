// Joins the run's questions and their answers with its policy: which requests are held, which
// grants hold now, and when the ledger is looked at again.
//
// No question opens anything: a route of the operator's own answer does, as it stands in the ledger.
// A cutoff, a deny rule and the check of addresses hold whatever was answered.
//
// The ledger is the truth, and a poke only a reason to read it now. A command that was killed may
// leave an answer without one: a poll finds it, and runs while something is pending. A ledger that
// cannot be read leaves every request as it is in a run without questions.

import {
  type Authority,
  type Denial,
  type DenialReason,
  type HoldProposal,
  INTERNAL_HOST,
  parseAuthority,
  ROUTE_DENIALS,
  type RouteDenial,
  type Slug,
} from "@bot-bottle/contracts"
import type { AnsweredProposal, SupervisionLedger } from "@bot-bottle/ledger"
import { isGranted, ONCE_MS } from "@bot-bottle/supervise"
import type { EgressSwitch } from "../egress-switch.ts"
import type { PolicyInForce } from "../policy.ts"
import type { AgentLink } from "../wire/passage.ts"
import { createAnswerPoll } from "./answer-poll.ts"
import { createHeldRequests, type HoldEnd } from "./held-requests.ts"

/** The target of a request that is refused unless the operator lets it through. */
export interface AskedPlace {
  readonly authority: Authority
  readonly scheme: "https" | "http"
}

export interface AskedRequest extends AskedPlace {
  readonly method: string
  readonly path: string
}

export interface Asker {
  /** Undefined where nobody is asked about such a request. */
  askForHost(asked: AskedRequest, agent: AgentLink): Promise<HoldEnd> | undefined
  /** `match`: the rule that lists the host, and who found it. Never what was found. */
  /** The refusal of a place that the agent may ask for, with the way to do so. */
  withWayToAsk(denial: Denial, host: string): Denial
  askForMatch(asked: AskedPlace, match: MatchFound, agent: AgentLink | undefined): Promise<HoldEnd> | undefined
}

export interface MatchFound {
  readonly rule: string
  readonly detector: string
}

export interface Supervision extends Asker {
  /** Reads the answers that came since. Never rejects. */
  sync(): Promise<void>
  /** The bottle's policy was replaced. */
  policyReplaced(): void
  readonly held: number
  close(): void
}

export interface SupervisionOptions {
  readonly slug: Slug
  readonly policy: PolicyInForce
  readonly egress: EgressSwitch
  readonly ledger: Pick<SupervisionLedger, "propose" | "answersAfter" | "proposalsOf">
  readonly nowMs: () => number
  readonly reportFailure: (error: unknown) => void
  readonly heldPollMs?: number
  readonly pendingPollMs?: number
}

/** The command's poke is the fast way; these bound how late an answer without one is. */
const HELD_POLL_MS = 500
const PENDING_POLL_MS = 5_000
/** How long a held request's question stands: longer than the request, so that a retry meets the answer. */
const QUESTION_MS = 15 * 60_000
const MAX_PATH = 200
const ACTOR = { actor: "agent" } as const

export async function openSupervision(options: SupervisionOptions): Promise<Supervision> {
  const { slug, policy, egress, ledger, nowMs, reportFailure } = options
  const { heldPollMs = HELD_POLL_MS, pendingPollMs = PENDING_POLL_MS } = options
  const approved = new Map<number, AnsweredProposal>()
  let lastSeq = 0
  let isOver = false
  let expiry: Timer | undefined

  const holds = createHeldRequests({
    propose: (ask) => ledger.propose({ slug, ask, why: "", lifetimeMs: QUESTION_MS }, ACTOR),
    timeoutMs: () => rules()?.askTimeoutMs ?? 0,
    onHeld: () => poll.schedule(heldPollMs),
    reportFailure,
  })
  const poll = createAnswerPoll({
    read,
    retryMs: () => (holds.held > 0 ? heldPollMs : pendingPollMs),
    reportFailure,
  })
  egress.onCut(() => holds.cut())
  await read()

  function rules() {
    return policy.current.given.supervise
  }

  /** The grants that hold now, and a look at the clock when the next one ends. */
  function apply(): void {
    const granted = [...approved.values()].filter((proposal) => isGranted(proposal, nowMs()))
    policy.grant(granted.map(({ id, answer }) => ({ id, ask: answer.ask })))
    // One question's answer may open the host that another one's requests wait for.
    holds.recheck((ask) => (isOpenNow(ask) ? { outcome: "approved" } : undefined))
    clearTimeout(expiry)
    const ends = granted.flatMap(({ answer }) => (answer.duration === "once" ? [answer.answeredAtMs + ONCE_MS] : []))
    if (ends.length > 0 && !isOver) expiry = setTimeout(apply, Math.max(1, Math.min(...ends) - nowMs())).unref()
  }

  function isOpenNow({ cause, host, port, scheme }: HoldProposal): boolean {
    const authority = parseAuthority(host, port)
    if (cause !== "host-not-allowed" || authority.kind === "malformed") return false
    return egress.routes.decideTunnel(authority, scheme ?? "https").outcome === "allow"
  }

  async function read(): Promise<void> {
    const answers = await ledger.answersAfter(slug, lastSeq)
    for (const proposal of answers) {
      lastSeq = Math.max(lastSeq, proposal.answer.seq)
      if (proposal.answer.decision === "approved") approved.set(proposal.id, proposal)
    }
    if (answers.length > 0) apply()
    // The grants come first: a request that is let through is judged by them.
    for (const { id, ask, answer } of answers) if (ask.kind === "hold") holds.answered(id, ask, answer)
    await holds.retry()
    if (holds.held > 0) poll.schedule(heldPollMs)
    else if ((await ledger.proposalsOf(slug)).some(isPending)) poll.schedule(pendingPollMs)
  }

  function isPending({ answer, expiresAtMs }: { readonly answer?: unknown; readonly expiresAtMs: number }): boolean {
    return answer === undefined && nowMs() < expiresAtMs
  }

  function ask(proposal: Omit<HoldProposal, "kind">, agent: AgentLink | undefined): Promise<HoldEnd> {
    return holds.hold({ kind: "hold", ...proposal }, agent)
  }

  return {
    askForHost({ authority, scheme, method, path }, agent) {
      if (rules()?.onUnlisted !== "ask" || egress.cutState !== undefined || !isAskable(authority)) return undefined
      // By the bottle's own routes: what they refuse themselves is not asked about.
      const listed = policy.current.listed.decideTunnel(authority, scheme)
      if (listed.outcome === "allow" || listed.reason !== "host-not-allowed" || listed.rule !== undefined)
        return undefined
      const shown = { ...describePlace(authority, scheme, method), path: path.slice(0, MAX_PATH) }
      return ask({ cause: "host-not-allowed", ...shown }, agent)
    },
    askForMatch({ authority, scheme }, { rule, detector }, agent) {
      if (rules()?.onMatch !== "ask" || egress.cutState !== undefined) return undefined
      const { host, port } = authority
      if (isMatchGranted(host, port, detector)) return Promise.resolve({ outcome: "approved" })
      return ask({ cause: "dlp-match", ...describePlace(authority, scheme, undefined), rule, detector }, agent)
    },
    withWayToAsk(denial, host) {
      if (rules() === undefined || !isFixedByAsk(denial.reason)) return denial
      return { ...denial, hint: `Ask the operator for it: ask route ${host} --why REASON, or the tool propose_route.` }
    },
    sync: poll.look,
    policyReplaced() {
      const { onUnlisted = "refuse" } = rules() ?? {}
      holds.recheck((ask) => {
        if (isOpenNow(ask)) return { outcome: "approved" }
        // A match was found under rules that are gone.
        return ask.cause === "dlp-match" || onUnlisted === "refuse" ? { outcome: "unasked" } : undefined
      })
    },
    get held() {
      return holds.held
    },
    close() {
      isOver = true
      poll.close()
      clearTimeout(expiry)
      holds.cut()
    },
  }

  function isMatchGranted(host: string, port: number, detector: string): boolean {
    return [...approved.values()].some((proposal) => {
      const { ask: granted } = proposal.answer
      return (
        granted.kind === "hold" &&
        granted.cause === "dlp-match" &&
        granted.host === host &&
        granted.port === port &&
        granted.detector === detector &&
        isGranted(proposal, nowMs())
      )
    })
  }
}

/** An ask opens port 443 of a name. Complete, so that a new reason of the route table is judged. */
const FIXED_BY_ASK: Readonly<Record<RouteDenial, boolean>> = {
  "ip-literal": false,
  "host-not-allowed": true,
  "port-not-allowed": false,
  "method-or-path-not-allowed": true,
}

function isFixedByAsk(reason: DenialReason): boolean {
  return ROUTE_DENIALS.some((one) => one === reason && FIXED_BY_ASK[one])
}

/** As the ledger takes it. */
const METHOD = /^[A-Za-z]{1,32}$/

function describePlace({ host, port }: Authority, scheme: "https" | "http", method: string | undefined) {
  return {
    host,
    port,
    ...(scheme === "http" ? { scheme } : {}),
    ...(method !== undefined && METHOD.test(method) ? { method } : {}),
  }
}

/** An address, and a name of bot-bottle's own, are for nobody to grant. */
function isAskable({ kind, host }: Authority): boolean {
  return kind === "name" && host !== INTERNAL_HOST && !host.endsWith(`.${INTERNAL_HOST}`)
}
