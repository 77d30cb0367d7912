// The questions of an agent to its operator, and the answers.
//
// The strings are API: they stand in the ledger, in `supervise --json` and in what the agent reads.

import type { Slug } from "./run/run.ts"
import type { ProviderName } from "./spend/budget.ts"

export const PROPOSAL_KINDS = ["route", "budget", "tool", "hold"] as const
export type ProposalKind = (typeof PROPOSAL_KINDS)[number]

export const PROPOSAL_STATES = ["pending", "approved", "rejected", "expired"] as const
/** Never stored: it follows from the answer, the clock and the run. */
export type ProposalState = (typeof PROPOSAL_STATES)[number]

/** `once`: the held requests and a short time after. `run`: until the run ends, also across a freeze. `always`: in the bottle's file. */
export const APPROVAL_DURATIONS = ["once", "run", "always"] as const
export type ApprovalDuration = (typeof APPROVAL_DURATIONS)[number]

export const ANSWER_CHANNELS = ["command", "dashboard", "token"] as const
/** The way by which an answer came. */
export type AnswerChannel = (typeof ANSWER_CHANNELS)[number]

/** Absent methods or paths: every one. Paths are prefixes. */
export interface RouteProposal {
  readonly kind: "route"
  /** Canonical: a name, or `*.` and a name. */
  readonly host: string
  readonly methods?: readonly string[]
  readonly paths?: readonly string[]
}

/** `tokens` more than the run may spend now. */
export interface BudgetProposal {
  readonly kind: "budget"
  readonly provider: ProviderName
  readonly tokens: number
}

export interface ToolProposal {
  readonly kind: "tool"
  readonly package: string
}

export const HOLD_CAUSES = ["host-not-allowed", "dlp-match"] as const

/** A request that waits in the proxy. Method and path are known only where the proxy reads requests. */
export interface HoldProposal {
  readonly kind: "hold"
  readonly cause: (typeof HOLD_CAUSES)[number]
  readonly host: string
  readonly port: number
  /** Absent: over TLS. */
  readonly scheme?: "http"
  readonly method?: string
  readonly path?: string
  /** Of a match: the route it would leave by, and the rule that found it. Never the text that matched. */
  readonly rule?: string
  readonly detector?: string
}

export type Ask = RouteProposal | BudgetProposal | ToolProposal | HoldProposal

export interface Proposal {
  /** The number that people type. Of this host. */
  readonly id: number
  readonly slug: Slug
  readonly ask: Ask
  /** The agent's words. Data: never interpreted, sanitised wherever it is shown. */
  readonly why: string
  readonly askedAtMs: number
  readonly expiresAtMs: number
  readonly answer?: ProposalAnswer
}

export interface ProposalAnswer {
  /** Grows with every answer on this host: a reader keeps the last one it saw. */
  readonly seq: number
  readonly decision: "approved" | "rejected"
  /** Of an approval only. */
  readonly duration?: ApprovalDuration
  /** The ask as it was granted: the operator may have changed it. Of the same kind as the ask. */
  readonly ask: Ask
  /** Empty when the operator gave none. */
  readonly reason: string
  readonly actor: string
  readonly channel: AnswerChannel
  readonly answeredAtMs: number
}
