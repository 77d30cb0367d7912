// Judges whether a run without `signal_done` is over. Pure. The orchestrator and a run that was started
// by hand ask the same question.

export interface RunLife {
  readonly run: "absent" | "live" | "frozen" | "ended" | "killed"
  readonly sidecar: "answers" | "dead"
  /** Since the agent's last call of its forge, or its last Git command. */
  readonly silentMs: number
}

/** Why it is over; undefined while it may continue. */
export function findWatchdogReason({ run, sidecar, silentMs }: RunLife, watchdogTimeoutMs: number): string | undefined {
  if (run !== "live") return `the run is ${run === "absent" ? "gone" : run} and the agent did not signal`
  if (sidecar === "dead") return "the forge sidecar has died"
  if (silentMs > watchdogTimeoutMs) return `the agent has not used the forge for ${Math.round(silentMs / 1000)} s`
  return undefined
}
