// The run an operator named, or an error that helps to name it right.

import { OperatorProblem, type Run, type Slug } from "@bot-bottle/contracts"
import type { Ledger } from "@bot-bottle/ledger"

/** A run of this host: its files and processes are here. */
export async function loadRun(ledger: RunFinder, slug: Slug): Promise<Run> {
  const run = await loadAnyRun(ledger, slug)
  if (run.host === ledger.host) return run
  throw new OperatorProblem(`run '${slug}' is on ${run.host}, and this is ${ledger.host}`, {
    hint: `run the same command on ${run.host}`,
  })
}

export type RunFinder = AnyRunFinder & Pick<Ledger, "host">

type AnyRunFinder = Pick<Ledger, "findRun" | "listRuns" | "fleet">

/** A run of any host that shares the ledger. */
export async function loadAnyRun(ledger: AnyRunFinder, slug: Slug): Promise<Run> {
  const run = await ledger.findRun(slug)
  if (run !== undefined) return run
  const runs = await ledger.listRuns({ all: true })
  const near = runs.find((other) => other.slug.startsWith(slug) || other.label === slug)
  throw unknownRun(ledger, slug, near === undefined ? "see 'bot-bottle list --all'" : `did you mean '${near.slug}'?`)
}

/** While a shared ledger is away, only this host's runs are known. */
export function unknownRun({ fleet }: Pick<Ledger, "fleet">, name: string, hint: string): OperatorProblem {
  const trouble = fleet?.trouble
  if (trouble === undefined) return new OperatorProblem(`unknown run '${name}'`, { hint })
  return new OperatorProblem(`no run of this host is '${name}', and others cannot be asked: ${trouble.message}`, {
    cause: trouble,
    hint,
  })
}

/** For actions that need a live run. */
export async function loadLiveRun(ledger: RunFinder, slug: Slug): Promise<Run> {
  const run = await loadRun(ledger, slug)
  if (isLive(run)) return run
  const hint = run.status === "killed" ? "see 'bot-bottle list'" : `to resume it: bot-bottle resume ${slug}`
  throw new OperatorProblem(`run '${slug}' is not running: its status is ${run.status}`, { hint })
}

export function isLive({ status }: Run): boolean {
  return status === "running" || status === "cut"
}

/** Why a run has ended, in the ledger, once `cleanup` has removed what it could have been resumed from. */
export const CLEANED_UP = "cleaned-up"

/** Its files are removed, or were to be: nothing can be resumed from them or reviewed. */
export function isGone({ status, endReason }: Run): boolean {
  return endReason === CLEANED_UP || (status === "killed" && endReason !== KILLED_BY_OPERATOR)
}

/** The trigger of a kill by hand, as the ledger has it: such a run keeps its files until cleanup. */
export const KILLED_BY_OPERATOR = "operator"
