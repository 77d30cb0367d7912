// The runs that wait for their operator: the alert names the first one, and a key selects them one
// after the other.

import { listAsks } from "./ask-list.ts"
import { isSpent } from "./bars.ts"
import type { HostView, RunView } from "./host-view.ts"
import { failureWord, isLive, wasSeenLately } from "./run-rows.ts"

/** The most urgent first: stopped by a budget, cut off, asking, ended badly. */
export function runsInNeed(view: HostView, nowMs: number): readonly RunView[] {
  const runs = [...view.runs.values()]
  const asking = listAsks(view, nowMs).flatMap(({ slug }) => view.runs.get(slug) ?? [])
  const failed = runs.filter((run) => failureWord(run) !== undefined && wasSeenLately(run, nowMs))
  const cut = runs.filter(({ status }) => status === "cut")
  return [...new Set([...spentRuns(view), ...cut, ...asking, ...failed])]
}

/** A running one is refused, and its agent does not know why; a frozen one waits quietly. */
export function spentRuns(view: HostView): readonly RunView[] {
  const urgency = ({ status }: RunView) => (status === "running" ? 0 : status === "cut" ? 1 : 2)
  return [...view.runs.values()]
    .filter((run) => isLive(run) && run.budgets.some(isSpent))
    .sort((a, b) => urgency(a) - urgency(b))
}
