// The provenance footer: what the reviewer of a pull request sees of the run behind it.
//
// Pure. The record is the audit chain; this is a view of it.
//
//   INV-200  Every summary ends with exactly one true footer. It cannot be switched off, no value in it can
//            add a row or end it, and text above it cannot hide it.

import { formatCounted, formatUsd } from "@bot-bottle/contracts"
import { formatCode, formatCount, formatDuration, formatPlain } from "./format-values.ts"

export interface Provenance {
  readonly agentName: string
  readonly bottleNames: readonly string[]
  readonly startedAt: string
  readonly finishedAt: string
  /** `frozen`: the freeze ended the agent, which therefore has no code of its own. */
  readonly exit: number | "frozen"
  readonly gitleaks: GitleaksVerdict
  readonly doneSignal: "signal-done" | "watchdog"
  readonly tokens?: ProvenanceTokens
  readonly cost?: ProvenanceCost
  /** From the semantic log, in order: `posted comment to #317`. */
  readonly forgeOperations?: readonly string[]
  readonly egress?: ProvenanceEgress
  readonly origin?: { readonly commitUrl: string; readonly commit: string; readonly policyHash: string }
}

export type GitleaksVerdict =
  | { readonly kind: "not-run" }
  | { readonly kind: "clean" }
  | { readonly kind: "found"; readonly refusedPushes: number }

export interface ProvenanceTokens {
  readonly input: number
  readonly output: number
  readonly cached: number
  readonly charged: number
  /** Absent: no budget governed. */
  readonly budget?: number
}

/** In micro-dollars. */
export interface ProvenanceCost {
  readonly run: number
  /** Requests that no price is known for: their cost is in no sum. */
  readonly unpricedRequests: number
  /** Of every run so far, this one included: `octo/shop#317`. */
  readonly sums: readonly { readonly what: "issue" | "pull request"; readonly name: string; readonly cost: number }[]
}

export interface ProvenanceEgress {
  /** One line each: `api.anthropic.com:443`. */
  readonly routes: readonly string[]
  readonly deniedRequests: number
}

export function buildProvenanceFooter(slug: string, provenance: Provenance): string {
  const { agentName, bottleNames, startedAt, finishedAt, exit, gitleaks, doneSignal } = provenance
  const rows = [
    ["agent", formatCode(agentName)],
    ["bottle", bottleNames.length === 0 ? "—" : bottleNames.map(formatCode).join(", ")],
    ["slug", formatCode(slug)],
    ["started", formatPlain(startedAt) || "—"],
    ["duration", formatDuration(startedAt, finishedAt)],
    ["exit", exit === "frozen" ? "— (frozen)" : `${exit} ${exit === 0 ? "✓" : "✗"}`],
    ["gitleaks", formatGitleaks(gitleaks)],
    ["done signal", doneSignal === "signal-done" ? "sidecar `signal_done`" : "watchdog — agent did not signal"],
  ]
  return [
    "<details><summary>🔬 Run provenance</summary>",
    "",
    "| Field | Value |",
    "|---|---|",
    ...rows.map(([field, value]) => `| ${field} | ${value} |`),
    ...section(formatTokens(provenance.tokens)),
    ...section(formatCost(provenance.cost)),
    ...section(formatOperations(provenance.forgeOperations)),
    ...section(formatEgress(provenance.egress)),
    ...section(formatOrigin(provenance.origin)),
    "",
    "</details>",
  ].join("\n")
}

function section(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", ...lines]
}

function formatGitleaks(verdict: GitleaksVerdict): string {
  switch (verdict.kind) {
    case "not-run":
      return "— not run"
    case "clean":
      return "✓ no secrets detected"
    case "found":
      return `✗ secrets detected (${formatCounted(verdict.refusedPushes, "push", "pushes")} refused)`
  }
}

function formatTokens(tokens: ProvenanceTokens | undefined): readonly string[] {
  if (tokens === undefined) return []
  const { input, output, cached, charged, budget } = tokens
  const limit = budget === undefined ? ", without a budget" : ` of a budget of ${formatCount(budget)}`
  return [
    `**Tokens** input ${formatCount(input)}, output ${formatCount(output)}, cached ${formatCount(cached)}; charged ${formatCount(charged)}${limit}`,
  ]
}

function formatCost(cost: ProvenanceCost | undefined): readonly string[] {
  if (cost === undefined) return []
  const { run, unpricedRequests, sums } = cost
  const without = unpricedRequests === 0 ? "" : ` (${formatCounted(unpricedRequests, "request")} without a price)`
  const others = sums.map((sum) => `; ${sum.what} ${formatPlain(sum.name)} so far ${formatUsd(sum.cost)}`)
  return [`**Cost** ${formatUsd(run)}${without}${others.join("")}`]
}

function formatOperations(operations: readonly string[] | undefined): readonly string[] {
  if (operations === undefined) return []
  if (operations.length === 0) return ["**Forge operations** none"]
  return ["**Forge operations**", ...operations.map((operation) => `- ${formatPlain(operation)}`)]
}

function formatEgress(egress: ProvenanceEgress | undefined): readonly string[] {
  if (egress === undefined) return []
  const { routes, deniedRequests } = egress
  const allowed = `${formatCounted(routes.length, "route")} allowed`
  return [
    `**Egress** (deny-by-default; ${allowed})`,
    ...routes.map((route) => `- ${formatCode(route)}`),
    `- ${formatCounted(deniedRequests, "request")} denied`,
  ]
}

function formatOrigin(origin: Provenance["origin"]): readonly string[] {
  if (origin === undefined) return []
  const { commitUrl, commit, policyHash } = origin
  if (commit === "") return [`policy ${formatCode(policyHash)}`]
  const isLink = /^https:\/\/[\w.-]+\/[\w./-]+$/.test(commitUrl)
  const where = isLink ? `[${formatPlain(commit)}](${commitUrl})` : formatCode(commit)
  return [`bot-bottle ${where}, policy ${formatCode(policyHash)}`]
}
