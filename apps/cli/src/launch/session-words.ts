// What a run says about itself while it goes on and when it is over. Always on stderr:
// stdout is the agent's.

import { formatScope } from "@bot-bottle/budget"
import type { BudgetState, ProxyReport } from "@bot-bottle/contracts"
import { formatCount } from "../terminal/figures.ts"
import type { SessionEnd } from "./session.ts"

/** Undefined for reports nobody needs to read. */
export function describeReport(report: ProxyReport, slug: string): string | undefined {
  switch (report.kind) {
    case "ready":
    case "failed":
      return undefined
    case "warning":
      return `warning: ${report.percent}% of the budget: ${describeState(report.budget)}`
    case "budget-exhausted":
      return `cut off: the budget has too little left for another request: ${describeState(report.budget)}; to go on: ${describeRaise(report.budget, slug)}`
    case "ledger-unavailable":
      return `warning: the ledger cannot be written, so metered requests are refused: ${report.message}`
  }
}

export function describeEnd({ slug, exitCode, reason, explanation }: SessionEnd, state: string): readonly string[] {
  return [
    ...(explanation === undefined ? [] : [reason === "proxy-died" ? `error: ${explanation}` : explanation]),
    `session ended (exit ${exitCode})`,
    ...(reason === "killed" ? [] : [`state kept in ${state}; what it used: bot-bottle usage --by run (${slug})`]),
  ]
}

function describeState({ provider, scope, usedTokens, limitTokens, window }: BudgetState): string {
  const when = window === "total" ? "" : ` this ${window}`
  return `${formatCount(usedTokens)} of ${formatCount(limitTokens)} ${provider} tokens used${when} (budget of ${formatScope(scope)})`
}

/** A launch flag is the strongest word on its run, so no later command widens it. */
function describeRaise({ provider, scope }: BudgetState, slug: string): string {
  if (scope.kind === "run") return "start again with a larger --budget"
  return `bot-bottle budget set ${formatScope(scope)} ${provider} <tokens>, then bot-bottle restore ${slug}`
}
