import { expect, test } from "bun:test"
import { runsInNeed } from "./attention.ts"
import type { HostView, RunView } from "./host-view.ts"
import { listRows } from "./run-rows.ts"
import { SAMPLE_NOW_MS } from "./testing/index.ts"
import { ready, SAMPLE_VIEW } from "./testing/press-keys.ts"

const LATELY = { status: "ended", endedAtMs: SAMPLE_NOW_MS - 5_000 } as const

// biome-ignore format: a table
test.each([
  // a run that is                                                   waits,  and has a filter's words
  [{ status: "running" },                                            false, "is:run"],
  [{ status: "cut" },                                                true,  "is:cut"],
  [{ status: "frozen" },                                             false, "is:frozen"],
  [{ ...LATELY, exit_code: 0 },                                      false, "is:ended"],
  [{ ...LATELY, exit_code: 3 },                                      true,  "is:failed"],
  [{ ...LATELY, exit_code: null, end_reason: "crashed" },            true,  "is:crashed"],
  [{ ...LATELY, exit_code: null, end_reason: "launch-failed" },      true,  "is:failed"],
  [{ ...LATELY, exit_code: null, end_reason: "crashed", endedAtMs: 0 }, false, ""],
] as const)("a run with %j waits for its operator: %p", (parts, waits, filter) => {
  const view = viewOf(parts)
  expect(runsInNeed(view, SAMPLE_NOW_MS).length).toBe(waits ? 1 : 0)
  expect(listRows(view, { ...ready(), filter }, SAMPLE_NOW_MS).length).toBe(filter === "" ? 0 : 1)
})

/** With one run, whose budget is not spent. */
function viewOf(parts: Partial<RunView>): HostView {
  const [run] = SAMPLE_VIEW.runs.values()
  if (run === undefined) throw new Error("The sample has no run")
  return { ...SAMPLE_VIEW, asks: new Map(), runs: new Map([[run.slug, { ...run, ...parts }]]) }
}
