// Verbs about runs that wait for their provider, each loaded when it is called.

import type { ResumeFlags, Run } from "@bot-bottle/contracts"
import type { Ledger } from "@bot-bottle/ledger"
import type { ParkedRun } from "./parking/parked-runs.ts"
import type { ResumeOutcome } from "./parking/resume-parked.ts"

export type { ParkedRun } from "./parking/parked-runs.ts"

/** The parked runs of this host, the first to be resumed first. */
export async function listParkedRuns(ledger: Ledger, root: string): Promise<readonly ParkedRun[]> {
  return (await import("./parking/parked-runs.ts")).listParkedRuns(ledger, root)
}

/** Undefined for a run that is not parked. */
export async function findParked(ledger: Ledger, run: Run, root: string): Promise<ParkedRun | undefined> {
  return (await import("./parking/parked-runs.ts")).findParked(ledger, run, root)
}

/** The flags that continue a parked run as it was launched. */
export async function resumeFlagsOf(root: string, run: Run): Promise<ResumeFlags> {
  return (await import("./parking/resume-parked.ts")).resumeFlagsOf(root, run)
}

/** One process resumes a run. A run that cannot be resumed is marked, and no longer parked. */
export async function resumeParked(ledger: Ledger, run: Run, resume: () => Promise<void>): Promise<ResumeOutcome> {
  return (await import("./parking/resume-parked.ts")).resumeParked(ledger, run, resume)
}

/** In the turn of the one process that resumes what is due. Undefined, doing nothing, when another has it. */
export async function resumeDueRuns<T>(ledger: Ledger, resume: () => Promise<T>): Promise<T | undefined> {
  return (await import("./parking/resume-due.ts")).inDueTurn(ledger, resume)
}
