// One line about one run, for the status line inside an agent: its label, what it has used of
// what it may, and what was refused. From the same fold as the dashboard.

import type { RunView } from "./host-view.ts"
import { counted, shortCount } from "./text.ts"

export function statusLine(run: Pick<RunView, "label" | "budgets" | "usage" | "denied">): string {
  const [budget] = run.budgets
  const used =
    budget === undefined || budget.limit === null
      ? `${shortCount(run.usage.charged_tokens)} tokens`
      : `${shortCount(budget.used)} of ${shortCount(budget.limit)} tokens, ${shortCount(Math.max(0, budget.limit - budget.used))} left`
  return [run.label, used, ...(run.denied === 0 ? [] : [counted(run.denied, "refusal")])].join(" · ")
}
