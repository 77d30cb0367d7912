// `resume` up to its launch: the run as it was, everything that policy says now, and a new budget
// counted as if it were set already. Writes nothing.

import type { ResumeFlags } from "@bot-bottle/contracts"
import type { ControlHost } from "../host.ts"
import { openHostLedger } from "../open-host-ledger.ts"
import { type Ask, askNobody } from "../questions.ts"
import { loadLaunchBudgets, withNewLimits } from "../resolve/budgets/launch-budgets.ts"
import { limitsOfFlag, readBudgetFlag } from "../resolve/budgets/run-budgets.ts"
import type { ResolveOptions } from "../resolve/resolve-launch.ts"
import { checkBudgetGrown, listChanges, loadResumable, resolveResume } from "../resolve/resolve-resume.ts"
import { createPreparedLaunch, type LaunchPreview, type PreparedLaunch } from "./prepared-launch.ts"

/** Throws OperatorProblem; Declined when a question was answered with a no. */
export function prepareResume(host: ControlHost, flags: ResumeFlags, ask: Ask): Promise<PreparedLaunch> {
  return prepare(host, flags, { ask, purpose: "launch" })
}

/** For a look that nothing follows: a credential that is missing is noted, and nothing is asked. Throws otherwise as `prepareResume`. */
export function previewResume(host: ControlHost, flags: ResumeFlags): Promise<LaunchPreview> {
  return prepare(host, flags, { ask: askNobody, purpose: "preview" })
}

async function prepare(
  host: ControlHost,
  flags: ResumeFlags,
  options: Pick<ResolveOptions, "ask" | "purpose">,
): Promise<PreparedLaunch> {
  const ledger = await openHostLedger(host, { parked: "leave" })
  try {
    const resumes = await loadResumable(host, ledger, flags.slug)
    const { run, metadata } = resumes
    const launch = await resolveResume(host, resumes, flags, options)
    const { meters } = launch
    const newLimits =
      flags.budget === undefined
        ? []
        : limitsOfFlag({ flag: readBudgetFlag(flags.budget, meters), meters }, { kind: "run", key: run.slug })
    const budgets = launch.budgetsFor(run.slug)
    const governing = await withNewLimits(ledger, budgets, await loadLaunchBudgets(ledger, budgets, meters), newLimits)
    return await createPreparedLaunch(host, {
      ledger,
      launch,
      name: { label: run.label, color: run.color },
      governing,
      newLimits,
      resumes,
      resumed: {
        slug: run.slug,
        status: run.status,
        endReason: run.endReason,
        frozenAt: run.status === "frozen" ? metadata.frozenAt : undefined,
        changes: listChanges(launch, resumes),
      },
      checkMore: () => checkBudgetGrown(ledger, run, governing),
    })
  } catch (error) {
    await ledger.close()
    throw error
  }
}
