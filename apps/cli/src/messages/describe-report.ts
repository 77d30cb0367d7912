// The reports of a running run's proxy, as lines for a person.

import { describeRecovery, formatScope } from "@bot-bottle/budget"
import { type BudgetState, formatShare, type ProxyReport, type ShutdownPolicy } from "@bot-bottle/contracts"

export interface ReportReader {
  readonly slug: string
  readonly policy: ShutdownPolicy
  /** After the end a command for a running run does nothing: the lines of the end name the one that fits. */
  readonly reads: "while it runs" | "after its end"
}

/** Empty for a report that nobody needs to read. */
export function describeReport(report: ProxyReport, { slug, policy, reads }: ReportReader): readonly string[] {
  const isOver = reads === "after its end"
  const toContinue = (command: string) => (isOver ? "" : `; to continue: ${command}`)
  switch (report.kind) {
    case "ready":
    case "failed":
    case "login-refused":
    case "limit-spent":
      return []
    case "warning":
      return [`warning: ${report.percent}% of the budget: ${describeState(report.budget)}`]
    case "budget-exhausted": {
      const recovery = policy === "cutoff" ? toContinue(describeRecovery(slug, policy, report.budget)) : ""
      return [
        `${DONE_AT_ONCE[policy]}: the budget is too low for the next request: ${describeState(report.budget)}${recovery}`,
      ]
    }
    case "dlp-limit":
      return [
        `cut off: ${report.matches} requests carried a credential of the host's${toContinue(`bot-bottle restore ${slug}`)}`,
      ]
    case "provider-away":
      return [
        `${report.host} ${AWAY[report.reason]}${isOver ? "" : "; the agent keeps trying"}: bot-bottle logs ${slug} --egress`,
      ]
    case "provider-back":
      return [`${report.host} answers again`]
    case "ledger-unavailable":
      return [`warning: the proxy cannot write the ledger, so it refuses metered requests: ${report.message}`]
  }
}

const AWAY = {
  "no-answer-yet": "has not taken a connection for 2 s",
  "upstream-unreachable": "cannot be reached",
  "upstream-tls": "has a certificate that cannot be verified",
} as const

const DONE_AT_ONCE: Readonly<Record<ShutdownPolicy, string>> = {
  cutoff: "cut off",
  freeze: "cut off, freezing",
  kill: "cut off, killing",
}

function describeState({ provider, scope, usedTokens, limitTokens, window }: BudgetState): string {
  const when = window === "total" ? "" : ` this ${window}`
  return `${formatShare(provider, usedTokens, limitTokens)} used${when} (budget of ${formatScope(scope)})`
}
