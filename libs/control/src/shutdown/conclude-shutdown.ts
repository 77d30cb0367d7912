// The last part of a freeze or a kill, once nothing of the run runs any more. Its files are kept or
// removed, the run is marked, and every step that asked for either is closed.
//
// Done by the run's launcher, or for it by whoever finds it dead. Any of them may do it at
// once, and again: the run is changed only as it was seen, and a step's first outcome stands.
//
//   INV-48  A run that was asked to be frozen or killed is marked so before the step is called done, and
//           its state is removed only after the run is marked killed.

import { formatTime, type ProcessIdentity, type Run, runFolders, type Slug } from "@bot-bottle/contracts"
import type { ActionOutcome, EnforcementRow, Ledger, RunChange } from "@bot-bottle/ledger"
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

  const marked = step.kind === "kill" ? await markKilled(shutdown, step) : await markFrozen(shutdown, step)
  const otherwise = failed(`the run was ${step.kind === "kill" ? "killed" : "frozen"}`)
  for (const { id, kind } of asked)
    await ledger.finishEnforcement(id, marked.outcome === "done" && kind !== step.kind ? otherwise : marked)
  return marked.outcome === "done" ? step : undefined
}

/** Steps begun and not finished that end the run. */
export async function listAskedShutdowns(ledger: Ledger, slug: Slug): Promise<readonly EnforcementRow[]> {
  const steps = await ledger.listEnforcement(slug)
  return steps.filter(({ kind, outcome }) => outcome === "pending" && (kind === "freeze" || kind === "kill"))
}

const DONE: ActionOutcome = { outcome: "done" }
const failed = (error: string) => ({ outcome: "failed", error }) as const

async function markFrozen({ root, ledger, slug, launcher }: Shutdown, step: EnforcementRow): Promise<ActionOutcome> {
  if (!hasRunFolders(root, slug)) return failed("its state is gone")
  return changeRun(ledger, slug, launcher, (run) => {
    if (isOver(run)) return failed(`the run had ${run.status === "killed" ? "been killed" : "ended"}`)
    // On disk before it is called frozen: it may be resumed after a power cut.
    const noted = attempt(() => noteFrozen(runFolders(root, slug).state))
    return noted.outcome === "failed" ? noted : { status: "frozen", endReason: step.reason ?? step.trigger }
  })
}

async function markKilled({ root, ledger, slug, launcher }: Shutdown, step: EnforcementRow): Promise<ActionOutcome> {
  const marked = await changeRun(ledger, slug, launcher, ({ endedAtMs, exitCode }) => ({
    status: "killed",
    endReason: step.trigger,
    endedAtMs: endedAtMs ?? Date.now(),
    exitCode: exitCode ?? KILLED_EXIT_CODE,
  }))
  // An operator who ends a run may still want what it changed: its files stay until cleanup.
  if (marked.outcome === "failed" || step.trigger === "operator") return marked
  return attempt(() => removeRunFiles(root, slug))
}

function noteFrozen(stateFolder: string): void {
  const metadata = findRunMetadata(stateFolder)
  if (metadata !== undefined) writeRunMetadata(stateFolder, { ...metadata, frozenAt: formatTime(Date.now()) })
}

/** A disk that will not have it must not keep every later command from opening the ledger. */
function attempt(work: () => void): ActionOutcome {
  try {
    work()
    return DONE
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error))
  }
}

/** Ends that nobody asked for leave a run to be frozen still: its launcher was quicker to see its proxy die. */
const FREEZABLE_ENDS: readonly (string | undefined)[] = ["crashed", "proxy-died"]

/** Ended by its agent, or killed: too late to freeze. */
function isOver({ status, endReason }: Run): boolean {
  return status === "killed" || (status === "ended" && !FREEZABLE_ENDS.includes(endReason))
}

async function changeRun(
  ledger: Ledger,
  slug: Slug,
  launcher: ProcessIdentity,
  decide: (run: Run) => RunChange | { readonly outcome: "failed"; readonly error: string },
): Promise<ActionOutcome> {
  for (;;) {
    const run = await ledger.findRun(slug)
    if (run?.launcher !== launcher) return failed("the run has been resumed")
    const change = decide(run)
    if ("outcome" in change) return change
    if (await ledger.updateRunAsSeen(run, change)) return DONE
  }
}
