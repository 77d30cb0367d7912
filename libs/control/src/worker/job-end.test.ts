import { expect, test } from "bun:test"
import type { EndCause, SessionEnd } from "../events.ts"
import { decideJobEnd } from "./job-end.ts"

const BY_OPERATOR = { kind: "operator" } as const

// biome-ignore format: a table
test.each<[EndCause, number, "running" | "stopped", "done" | "interrupted"]>([
  // the run's end                              exit   the worker is   the job
  [{ kind: "agent" },                           0,     "running",      "done"],
  [{ kind: "agent" },                           137,   "running",      "done"],
  [{ kind: "agent" },                           0,     "stopped",      "done"],
  [{ kind: "agent" },                           7,     "stopped",      "done"],
  // The signal may be the stop's own.
  [{ kind: "agent" },                           143,   "stopped",      "interrupted"],
  [{ kind: "aborted", by: "SIGTERM" },          143,   "stopped",      "interrupted"],
  [{ kind: "aborted", by: "a lost lease" },     1,     "stopped",      "interrupted"],
  [{ kind: "killed", by: BY_OPERATOR },         137,   "stopped",      "done"],
  [{ kind: "frozen", by: BY_OPERATOR },         1,     "stopped",      "done"],
  [{ kind: "proxy-died", why: "signal 9" },     1,     "stopped",      "done"],
])("INV-48: a run that ended by %j with exit code %d, while the worker is %s, leaves its job %s", (cause, exitCode, worker, outcome) => {
  const end = decideJobEnd({ outcome: "ended", end: sessionEnd(cause, exitCode) }, { isStopped: worker === "stopped" })
  expect(end).toEqual(outcome === "done" ? { outcome, exitCode, slug: "mine-00000" } : { outcome })
})

test("INV-48: a launch that was stopped before the run began leaves the job to another worker", () => {
  const stopped = { outcome: "stopped", by: "SIGTERM", exitCode: 143 } as const
  expect(decideJobEnd(stopped, { isStopped: true })).toEqual({ outcome: "interrupted" })
})

function sessionEnd(cause: EndCause, exitCode: number): SessionEnd {
  return {
    slug: "mine-00000",
    exitCode,
    cause,
    stateFolder: "/",
    memoryStops: 0,
    hasCopy: false,
  } as unknown as SessionEnd
}
