// What a run says about itself while it goes on and when it is over. Always on stderr:
// stdout is the agent's.

import { describeRecovery, formatScope } from "@bot-bottle/budget"
import type { BudgetState, ProxyReport, ShutdownPolicy } from "@bot-bottle/contracts"
import { formatCount } from "../terminal/figures.ts"
import type { SessionEnd } from "./session.ts"

/** Undefined for reports nobody needs to read. */
export function describeReport(report: ProxyReport, slug: string, policy: ShutdownPolicy): string | undefined {
  switch (report.kind) {
    case "ready":
    case "failed":
      return undefined
    case "warning":
      return `warning: ${report.percent}% of the budget: ${describeState(report.budget)}`
    case "budget-exhausted":
      return `${DONE_AT_ONCE[policy]}: the budget has too little left for another request: ${describeState(report.budget)}${
        policy === "cutoff" ? `; to continue: ${describeRecovery(slug, policy, report.budget)}` : ""
      }`
    case "dlp-limit":
      return `cut off: ${report.matches} requests carried a credential of the host's; to continue: bot-bottle restore ${slug}`
    case "ledger-unavailable":
      return `warning: the ledger cannot be written, so metered requests are refused: ${report.message}`
  }
}

/** What happened, and how to go on with what is left of it. */
export function describeEnd(end: SessionEnd, state: string): readonly string[] {
  const { exitCode, reason, explanation } = end
  return [
    ...(explanation === undefined ? [] : [reason === "proxy-died" ? `error: ${explanation}` : explanation]),
    `session ended (exit ${exitCode})`,
    describeRest(end, state),
  ]
}

const DONE_AT_ONCE: Readonly<Record<ShutdownPolicy, string>> = {
  cutoff: "cut off",
  freeze: "cut off, freezing",
  kill: "cut off, killing",
}

function describeRest({ slug, reason, budget }: SessionEnd, state: string): string {
  if (reason === "killed") {
    const left = "its state was removed; ledger and metadata are kept"
    return budget === undefined ? left : `${left}; to continue: ${describeRecovery(slug, "kill", budget)}`
  }
  const recovery = budget === undefined ? `bot-bottle resume ${slug}` : describeRecovery(slug, "freeze", budget)
  return `state kept in ${state}; to continue: ${recovery}`
}

function describeState({ provider, scope, usedTokens, limitTokens, window }: BudgetState): string {
  const when = window === "total" ? "" : ` this ${window}`
  return `${formatCount(usedTokens)} of ${formatCount(limitTokens)} ${provider} tokens used${when} (budget of ${formatScope(scope)})`
}
