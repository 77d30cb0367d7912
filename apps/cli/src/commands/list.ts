// `list`: the host's runs and what they have used of what they may.

import { formatScope } from "@bot-bottle/budget"
import type { ProviderName, Run } from "@bot-bottle/contracts"
import type { GoverningBudget } from "@bot-bottle/ledger"
import type { Host } from "../host.ts"
import { openHostLedger } from "../host-ledger.ts"
import { listGoverning } from "../runs/governing.ts"
import { formatAge, formatCount, formatTime, plain } from "../terminal/figures.ts"
import type { Paint } from "../terminal/paint.ts"
import { formatTable } from "../terminal/table.ts"

export interface ListFlags {
  readonly all?: boolean
  readonly json?: boolean
}

export interface ListedRun {
  readonly run: Run
  /** Main provider first; only those that something limits. */
  readonly budgets: readonly GoverningBudget[]
}

export async function runList(host: Host, flags: ListFlags): Promise<number> {
  using ledger = await openHostLedger(host)
  const runs = await ledger.listRuns({ all: flags.all === true })
  const listed = await Promise.all(
    runs.map(async (run) => ({ run, budgets: await listGoverning(ledger, host.env.root, run) })),
  )
  if (flags.json) host.screen.print(JSON.stringify(listed.map(listJson), null, 2))
  else if (listed.length === 0)
    host.screen.note(flags.all ? "no runs yet" : "no runs are going on; --all shows ended ones")
  else for (const line of listTable(listed, host.screen.paint, Date.now())) host.screen.print(line)
  return 0
}

export function listJson({ run, budgets }: ListedRun) {
  return {
    slug: run.slug,
    label: run.label,
    color: run.color,
    agent: run.agent,
    bottles: run.bottles,
    provider: run.provider,
    backend: run.backend,
    status: run.status,
    started_at: formatTime(run.startedAtMs),
    ended_at: run.endedAtMs === undefined ? null : formatTime(run.endedAtMs),
    exit_code: run.exitCode ?? null,
    budget: budgetJson(mainBudget({ run, budgets })),
    budgets: budgets.map(budgetJson),
  }
}

export function listTable(listed: readonly ListedRun[], paint: Paint, nowMs: number): readonly string[] {
  const columns = ["RUN", "LABEL", "AGENT", "BOTTLES", "PROVIDER", "BACKEND", "STATUS", "AGE", "USED / BUDGET"].map(
    (title) => ({ title }),
  )
  return formatTable(
    columns,
    listed.map(({ run, budgets }) => [
      run.slug,
      paint.named(run.color, plain(run.label)),
      run.agent,
      run.bottles.join(" + "),
      run.provider,
      run.backend,
      statusOf(run),
      formatAge(nowMs - run.startedAtMs),
      usedOf(mainBudget({ run, budgets })),
    ]),
  )
}

function mainBudget({ run, budgets }: ListedRun): GoverningBudget | undefined {
  const main: ProviderName | undefined = run.meters[0]
  return budgets.find(({ provider }) => provider === main)
}

function budgetJson(budget: GoverningBudget | undefined) {
  if (budget === undefined) return null
  const { provider, scope, limitTokens, usedTokens, window } = budget
  return { provider, scope: scope.kind, key: scope.key, limit: limitTokens, used: usedTokens, window }
}

function statusOf({ status, exitCode, endReason }: Run): string {
  const why = endReason ?? (exitCode === undefined ? undefined : `exit ${exitCode}`)
  return why === undefined ? status : `${status} (${why})`
}

function usedOf(budget: GoverningBudget | undefined): string {
  if (budget === undefined) return "no budget"
  const whose = budget.scope.kind === "run" ? "" : ` of ${formatScope(budget.scope)}`
  return `${formatCount(budget.usedTokens)} / ${formatCount(budget.limitTokens)}${whose}`
}
