// Runs that wait for their provider: frozen when its own limit was spent, to be resumed at its reset
// and outside the operator's quiet hours.

import { decideResumeAtMs, type QuietHours, zoneOffsetOf } from "@bot-bottle/budget"
import { OperatorProblem, type Run } from "@bot-bottle/contracts"
import type { EnforcementLedger, RunsLedger } from "@bot-bottle/ledger"
import { loadSettings } from "@bot-bottle/manifest"

export interface ParkedRun {
  readonly run: Run
  /** When it is resumed by itself. */
  readonly resumeAtMs: number
}

export const PARKED = "parked"

/** Those of this host, the first to be resumed first. */
export async function listParkedRuns(
  ledger: Pick<RunsLedger, "listRuns"> & Pick<EnforcementLedger, "listEnforcement"> & { readonly host: string },
  root: string,
): Promise<readonly ParkedRun[]> {
  const runs = await ledger.listRuns({ all: false })
  const own = runs.filter((run) => run.host === ledger.host && isParked(run))
  const parked = await Promise.all(own.map((run) => findParked(ledger, run, root)))
  return parked.flatMap((one) => one ?? []).sort((a, b) => a.resumeAtMs - b.resumeAtMs)
}

export async function findParked(
  ledger: Pick<EnforcementLedger, "listEnforcement">,
  run: Run,
  root: string,
): Promise<ParkedRun | undefined> {
  if (!isParked(run)) return undefined
  const steps = await ledger.listEnforcement(run.slug)
  const untilMs = steps.findLast(({ kind, reason }) => kind === "freeze" && reason === PARKED)?.untilMs
  if (untilMs === undefined) return undefined
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  return { run, resumeAtMs: decideResumeAtMs(untilMs, findQuietHours(root), zoneOffsetOf(timeZone)) }
}

/** Settings that do not parse stop every resume anyhow, and must not keep the operator from a list. */
function findQuietHours(root: string): QuietHours | undefined {
  try {
    return loadSettings(root).quietHours
  } catch (error) {
    if (error instanceof OperatorProblem) return undefined
    throw error
  }
}

function isParked({ status, endReason }: Run): boolean {
  return status === "frozen" && endReason === PARKED
}
