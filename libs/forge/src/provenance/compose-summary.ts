// The one comment at the end of a launch: what the agent said, quoted, then the footer, then the
// marker. Pure.

import type { ForgeState } from "../state/forge-state.ts"
import { type NeutralText, quoteText } from "../text/neutralize.ts"
import {
  buildProvenanceFooter,
  type GitleaksVerdict,
  type ProvenanceCost,
  type ProvenanceEgress,
  type ProvenanceTokens,
} from "./footer.ts"

/** Facts of a run, gathered from the ledger and the run's folder. */
export interface RunFacts {
  readonly agent: string
  readonly bottles: readonly string[]
  /** ISO 8601 with offset. */
  readonly startedAt: string
  readonly finishedAt: string
  readonly exit: number | "frozen"
  readonly tokens: ProvenanceTokens
  readonly cost: ProvenanceCost
  /** Audit rows of the run, oldest first. */
  readonly forgeRows: readonly ForgeRow[]
  readonly egress: ProvenanceEgress
  readonly policyHash: string
  readonly commit: string
}

/** A row that the sidecar wrote. */
export interface ForgeRow {
  readonly kind: string
  readonly detail: Readonly<Record<string, unknown>>
}

const MAX_OPERATIONS = 50

const HEADINGS: Readonly<Record<string, string>> = {
  success: "**The work is done.**",
  failure: "**The work failed.**",
  blocked: "**The work is blocked: an answer is needed.**",
}

export function composeSummary(
  state: Pick<ForgeState, "slug" | "ending">,
  facts: RunFacts,
  { marker, rules }: { readonly marker: string; readonly rules: NeutralText },
): string {
  const { ending } = state
  const isSignalled = ending?.reason === "signal-done"
  const heading = isSignalled
    ? (HEADINGS[ending.status] ?? HEADINGS["failure"])
    : `**The run stopped on its own:** ${ending?.status ?? "nobody knows why"}.`
  const summary = isSignalled && ending.summary.trim() !== "" ? [quoteText(ending.summary.trim(), rules)] : []
  const footer = buildProvenanceFooter(state.slug, {
    agentName: facts.agent,
    bottleNames: facts.bottles,
    startedAt: facts.startedAt,
    finishedAt: facts.finishedAt,
    exit: facts.exit,
    gitleaks: gitleaksVerdict(facts.forgeRows),
    doneSignal: isSignalled ? "signal-done" : "watchdog",
    tokens: facts.tokens,
    cost: facts.cost,
    forgeOperations: listOperations(facts.forgeRows),
    egress: facts.egress,
    origin: { commitUrl: "", commit: facts.commit, policyHash: facts.policyHash },
  })
  return [heading, ...summary, footer, marker].join("\n\n")
}

/** Of all pushes of the run: one refused for secrets outweighs all that were clean. */
export function gitleaksVerdict(rows: readonly ForgeRow[]): GitleaksVerdict {
  const pushes = rows.filter(({ kind }) => kind === "git-push").map(({ detail }) => detail)
  const refusedPushes = pushes.filter(({ reason }) => reason === "secrets").length
  if (refusedPushes > 0) return { kind: "found", refusedPushes }
  const scanned = pushes.filter(({ outcome }) => outcome === "allowed").map(({ gitleaks }) => gitleaks)
  return scanned.length > 0 && scanned.every((verdict) => verdict === "clean") ? { kind: "clean" } : { kind: "not-run" }
}

function listOperations(rows: readonly ForgeRow[]): readonly string[] {
  const texts = rows.flatMap(({ detail }) => (typeof detail["text"] === "string" ? [detail["text"]] : []))
  const hidden = texts.length - MAX_OPERATIONS
  return hidden > 0 ? [`${hidden} earlier ones are in the audit chain`, ...texts.slice(-MAX_OPERATIONS)] : texts
}
