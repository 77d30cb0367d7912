// The last part of a freeze or a kill, once nothing of the run runs any more: what it had is
// kept or removed, the run is marked, and every step that asked for either is closed.
//
// Done by the run's launcher, or for it by whoever finds it dead. Any of them may do it at
// once, and again: the run is changed only as it was seen, and a step's first outcome stands.
//
//   INV-48  A run that was asked to be frozen or killed is marked so before the step is called done, and
//           its state is removed only after the run is marked killed.

import { formatTime, type ProcessIdentity, type Run, runFolders, type Slug } from "@bot-bottle/contracts"
import type { EnforcementRow, Ledger, RunChange } from "@bot-bottle/ledger"
import { findRunMetadata, hasRunFolders, writeRunMetadata } from "@bot-bottle/run-state"
import { removeRunFiles } from "./remove-run-files.ts"

export const KILLED_EXIT_CODE = 137

export interface Shutdown {
  readonly root: string
  readonly ledger: Ledger
  readonly slug: Slug
  /** The launcher that owns the run; nothing is done to a run that another launcher has taken over. */
  readonly launcher: ProcessIdentity
}

/** The outcome for the run; undefined when nothing was requested, or the request came too late. */
export async function concludeShutdown(shutdown: Shutdown): Promise<EnforcementRow | undefined> {
  const { ledger, slug } = shutdown
  const asked = await listAskedShutdowns(ledger, slug)
  // A kill that comes while a run is being frozen is the later and the harder word.
  const step = asked.find(({ kind }) => kind === "kill") ?? asked[0]
  if (step === undefined) return undefined

  const problem = step.kind === "kill" ? await markKilled(shutdown, step) : await markFrozen(shutdown, step)
  for (const { id, kind } of asked) {
    const error =
      problem ?? (kind === step.kind ? undefined : `the run was ${step.kind === "kill" ? "killed" : "frozen"}`)
    await ledger.finishEnforcement(id, error === undefined ? {} : { error })
  }
  return problem === undefined ? step : undefined
}

/** Steps begun and not finished that end the run. */
export async function listAskedShutdowns(ledger: Ledger, slug: Slug): Promise<readonly EnforcementRow[]> {
  const steps = await ledger.listEnforcement(slug)
  return steps.filter(({ kind, outcome }) => outcome === "pending" && (kind === "freeze" || kind === "kill"))
}

/** Undefined, or why it could not be. */
async function markFrozen(
  { root, ledger, slug, launcher }: Shutdown,
  step: EnforcementRow,
): Promise<string | undefined> {
  if (!hasRunFolders(root, slug)) return "its state is gone"
  return changeRun(ledger, slug, launcher, (run) => {
    if (isOver(run)) return `the run had ${run.status === "killed" ? "been killed" : "ended"}`
    // On disk before it is called frozen: it may be resumed after a power cut.
    return (
      problemOf(() => noteFrozen(runFolders(root, slug).state)) ?? {
        status: "frozen",
        endReason: step.reason ?? step.trigger,
      }
    )
  })
}

async function markKilled(
  { root, ledger, slug, launcher }: Shutdown,
  step: EnforcementRow,
): Promise<string | undefined> {
  const problem = await changeRun(ledger, slug, launcher, ({ endedAtMs, exitCode }) => ({
    status: "killed",
    endReason: step.trigger,
    endedAtMs: endedAtMs ?? Date.now(),
    exitCode: exitCode ?? KILLED_EXIT_CODE,
  }))
  // An operator who ends a run may still want what it changed: its files stay until cleanup.
  if (problem !== undefined || step.trigger === "operator") return problem
  return problemOf(() => removeRunFiles(root, slug))
}

function noteFrozen(stateFolder: string): void {
  const metadata = findRunMetadata(stateFolder)
  if (metadata !== undefined) writeRunMetadata(stateFolder, { ...metadata, frozenAt: formatTime(Date.now()) })
}

/** A disk that will not have it must not keep every later command from opening the ledger. */
function problemOf(work: () => void): string | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Ended by its agent, or killed: too late to freeze. A crash leaves it to be frozen still. */
function isOver({ status, endReason }: Run): boolean {
  return status === "killed" || (status === "ended" && endReason !== "crashed")
}

async function changeRun(
  ledger: Ledger,
  slug: Slug,
  launcher: ProcessIdentity,
  decide: (run: Run) => RunChange | string,
): Promise<string | undefined> {
  for (;;) {
    const run = await ledger.findRun(slug)
    if (run?.launcher !== launcher) return "the run has been resumed"
    const change = decide(run)
    if (typeof change === "string") return change
    if (await ledger.updateRunAsSeen(run, change)) return undefined
  }
}
