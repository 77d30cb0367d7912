// The end of a run, once nothing of it runs. Requests of a dead proxy are settled, and a freeze or
// kill is concluded. The ledger gets the end as what it was.

import type { BudgetState, ProcessIdentity, Run, ShutdownPolicy } from "@bot-bottle/contracts"
import { isProcessAlive } from "@bot-bottle/kernel"
import type { EnforcementAction, EnforcementRow, Ledger } from "@bot-bottle/ledger"
import type { BrokenBind } from "@bot-bottle/workspace"
import type { EndCause, SessionEnd, ShutdownCause } from "../events.ts"
import type { BringUp, Session } from "../launch/launch-site.ts"
import { concludeShutdown, KILLED_EXIT_CODE, listAskedShutdowns } from "../shutdown/conclude-shutdown.ts"
import { type OwnFreeze, stepOf } from "./freeze-by-itself.ts"
import type { DiskStop } from "./watch-disk.ts"

/** The event that ended the run. */
export type FirstEnd =
  | { readonly kind: "agent"; readonly exitCode: number }
  | { readonly kind: "proxy"; readonly exitCode: number }
  | { readonly kind: "aborted"; readonly by: string; readonly exitCode: number }
  | { readonly kind: "asked"; readonly shutdown: "freeze" | "kill" }
  | { readonly kind: "input-failed"; readonly why: string }
  | BrokenBind

/** The reports of the proxy and the disk watch that matter at the end. */
export interface Seen {
  failure?: string
  budget?: BudgetState
  disk?: DiskStop
  /** A freeze that nobody asked for. */
  own?: OwnFreeze & { readonly cause: ShutdownCause }
}

/** An operator has to act before a frozen run can be resumed. */
const FROZEN_EXIT_CODE = 1

export async function concludeSession(
  { env, ledger, launch, launcher, resumes }: BringUp,
  { slug, folders, bind, bottle }: Session,
  first: FirstEnd,
  seen: Seen,
): Promise<SessionEnd> {
  const bound = await bind?.close()
  const ending = { root: env.root, ledger, slug, launcher, policy: launch.policy }
  const metadata = resumes?.metadata
  return {
    slug,
    stateFolder: folders.state,
    memoryStops: bottle.memoryStops(),
    hasCopy: launch.workspace === "copy" || (metadata?.cwd !== undefined && metadata.workspace !== "bind"),
    bound,
    ...(await recordEnd(ending, first, seen)),
  }
}

type Verdict = Pick<SessionEnd, "exitCode" | "cause" | "budget">

interface Ending {
  readonly root: string
  readonly ledger: Ledger
  readonly slug: string
  readonly launcher: ProcessIdentity
  readonly policy: ShutdownPolicy
}

async function recordEnd(ending: Ending, first: FirstEnd, seen: Seen): Promise<Verdict> {
  const { ledger, slug } = ending
  await ledger.sweep({ host: ledger.host, isAlive: isProcessAlive })
  await recordUnrecorded(ending, seen)
  const step = await concludeShutdown(ending)
  if (step !== undefined) return verdictOfStep(step, seen)
  const verdict = verdictOf(first, seen)
  const endedAtMs = Date.now()
  for (;;) {
    const run = await ledger.findRun(slug)
    // Another process was faster to conclude it.
    if (run?.status === "killed") return killedBy({ kind: "operator" })
    // Without a row, or with another launcher, the run is no longer ours to end.
    if (run?.launcher === ending.launcher) {
      const endReason = endReasonOf(verdict.cause) ?? cutReasonOf(run, seen)
      const ended = {
        status: "ended",
        endedAtMs,
        exitCode: verdict.exitCode,
        ...(endReason === undefined ? {} : { endReason }),
      } as const
      if (!(await ledger.updateRunAsSeen(run, ended))) continue
    }
    // Cut off to its end: more tokens are the first thing it needs.
    return run?.status === "cut" && seen.budget !== undefined ? { ...verdict, budget: seen.budget } : verdict
  }
}

/** The proxy records what a spent budget asks for. A proxy that could not any more has reported it at least. */
async function recordUnrecorded(ending: Ending, seen: Seen): Promise<void> {
  const { ledger, slug } = ending
  const step = unrecordedStep(ending, seen)
  if (step === undefined) return
  if ((await listAskedShutdowns(ledger, slug)).length > 0) return
  if ((await ledger.findRun(slug))?.status === "killed") return
  await ledger.beginEnforcement(step)
}

function unrecordedStep({ slug, policy }: Ending, { budget, disk, own }: Seen): EnforcementAction | undefined {
  const actor = "bot-bottle"
  if (own !== undefined) return stepOf(slug, own)
  if (disk !== undefined) return { slug, kind: disk.shutdown, trigger: "watchdog", actor }
  if (budget === undefined || policy === "cutoff") return undefined
  const { provider, scope, limitTokens, usedTokens, window } = budget
  return { slug, kind: policy, trigger: "budget", actor, provider, scope, limitTokens, usedTokens, window }
}

function verdictOfStep({ kind, trigger, reason }: EnforcementRow, { budget, disk, own }: Seen): Verdict {
  const seen = reason !== undefined && own?.reason === reason ? own : trigger === "watchdog" ? disk : undefined
  const by: ShutdownCause = seen?.cause ?? { kind: trigger }
  const spent = trigger === "budget" && budget !== undefined ? { budget } : {}
  if (kind === "kill") return { ...killedBy(by), ...spent }
  return { exitCode: FROZEN_EXIT_CODE, cause: { kind: "frozen", by }, ...spent }
}

function killedBy(by: ShutdownCause): Verdict {
  return { exitCode: KILLED_EXIT_CODE, cause: { kind: "killed", by } }
}

function verdictOf(first: FirstEnd, { failure }: Seen): Verdict {
  switch (first.kind) {
    case "agent":
      return { exitCode: first.exitCode, cause: { kind: "agent" } }
    case "aborted":
      return { exitCode: first.exitCode, cause: { kind: "aborted", by: first.by } }
    case "input-failed":
    case "unprotected":
    case "unguarded":
      return { exitCode: 1, cause: first }
    case "asked":
      return { exitCode: 1, cause: { kind: "shutdown-failed", shutdown: first.shutdown } }
    case "proxy": {
      const how = first.exitCode > 128 ? `signal ${first.exitCode - 128}` : `exit code ${first.exitCode}`
      return { exitCode: 1, cause: { kind: "proxy-died", why: failure ?? how } }
    }
  }
}

/** An agent whose egress was closed to its end seldom ends for a reason of its own. */
function cutReasonOf({ status }: Run, { budget }: Seen): "budget" | "cut-off" | undefined {
  if (status !== "cut") return undefined
  return budget === undefined ? "cut-off" : "budget"
}

/** As the ledger names it. */
function endReasonOf(cause: EndCause): "proxy-died" | "interrupted" | undefined {
  if (cause.kind === "agent") return undefined
  return cause.kind === "proxy-died" ? "proxy-died" : "interrupted"
}
