// `list`: the host's runs, the tokens of each, and what is left of the budget that governs it.

import { formatScope } from "@bot-bottle/budget"
import {
  formatAge,
  formatAmount,
  formatCount,
  formatTime,
  OperatorProblem,
  type Run,
  sanitizeLine,
  USD,
  unitOf,
} from "@bot-bottle/contracts"
import { findParked, listGoverning, openHostLedgerToRead, readLaunchRecord } from "@bot-bottle/control"
import type { EnforcementRow, GoverningBudget, UsageRow } from "@bot-bottle/ledger"
import { controlHost } from "../../control-host.ts"
import { costOf, formatCost } from "../../cost-of.ts"
import type { Host } from "../../host.ts"
import { clockTime } from "../../messages/describe-parked.ts"
import { noteSilentHosts, noteTrouble } from "../../note-trouble.ts"
import type { Screen } from "../../terminal/screen.ts"
import { type Column, formatTable } from "../../terminal/table.ts"

export interface ListFlags {
  readonly all?: boolean
  readonly json?: boolean
  readonly watch?: boolean
}

export interface ListedRun {
  readonly run: Run
  /** The tokens that this run alone was charged. */
  readonly usedTokens: number
  /** Null where no request of it has a price. */
  readonly costUsd: number | null
  /** Unlisted hosts are let through. */
  readonly observes: boolean
  /** The trigger of its cutoff, while it is cut off. */
  readonly cutBy: string | undefined
  /** When it is resumed by itself; undefined for a run that is not parked. */
  readonly resumeAtMs: number | undefined
  /** Main provider first, money last; only those that something limits. Undefined on another host: its bottles name them. */
  readonly budgets: readonly GoverningBudget[] | undefined
}

export async function runList(host: Host, flags: ListFlags): Promise<number> {
  if (flags.watch === true) {
    if (flags.json === true || flags.all === true) {
      throw new OperatorProblem("--watch shows live runs, and takes neither --json nor --all", {
        exitCode: 2,
        hint: "for machines: bot-bottle events --json",
      })
    }
    return (await import("./list-watch.ts")).runListWatch(host)
  }
  await using ledger = await openHostLedgerToRead(controlHost(host))
  const runs = await ledger.listRuns({ all: flags.all === true })
  const usage = new Map((await ledger.usage({ by: "run" })).map((row) => [row.key, row]))
  const listed = await Promise.all(
    runs.map(async (run) => ({
      run,
      usedTokens: usage.get(run.slug)?.chargedTokens ?? 0,
      costUsd: runCost(usage.get(run.slug)),
      observes: run.host === ledger.host && isObserving(host, run),
      cutBy: run.status === "cut" ? lastCutOf(await ledger.listEnforcement(run.slug)) : undefined,
      resumeAtMs: (await findParked(ledger, run, host.env.root))?.resumeAtMs,
      budgets: run.host === ledger.host ? await listGoverning(ledger, host.env.root, run) : undefined,
    })),
  )
  noteTrouble(host, ledger)
  await noteSilentHosts(host, ledger, runs)
  if (!flags.all && host.screen.isTerminal) {
    const latest = await ledger.listRuns({ all: true, limit: LOOKED_BACK })
    for (const line of noteCrashed(latest, { host: ledger.host, nowMs: Date.now() })) host.screen.note(line)
  }
  if (flags.json) host.screen.print(JSON.stringify(listed.map(listJson), null, 2))
  else if (listed.length === 0)
    host.screen.note(flags.all ? "No runs yet." : "No running runs. --all includes finished ones.")
  else for (const line of listTable(listed, host.screen, Date.now())) host.screen.print(line)
  return 0
}

/** Of the latest runs, those that a person may not know to have crashed. A listing without `--all` leaves them out. */
export function noteCrashed(
  latest: readonly Run[],
  { host, nowMs }: { readonly host: string; readonly nowMs: number },
): readonly string[] {
  const crashed = latest.filter(
    (run) =>
      run.host === host &&
      run.status === "ended" &&
      run.endReason === "crashed" &&
      nowMs - (run.endedAtMs ?? 0) < NEWS_MS,
  )
  const [first] = crashed
  if (first === undefined) return []
  const which = crashed.length === 1 ? `${first.slug} crashed` : `${crashed.length} runs crashed, last ${first.slug}`
  return [`bot-bottle: ${which}; to resume it: bot-bottle resume ${first.slug}`]
}

const LOOKED_BACK = 50
const NEWS_MS = 24 * 60 * 60 * 1000

/** Its proxy has the last word: it was told when it started. */
function isObserving({ env }: Host, { slug, status }: Run): boolean {
  if (status !== "running" && status !== "cut") return false
  const record = readLaunchRecord(env.root, slug)
  return record?.outcome === "parsed" && record.message.observe === true
}

function lastCutOf(steps: readonly EnforcementRow[]): string | undefined {
  return steps.findLast(({ kind }) => kind === "cutoff")?.trigger
}

function runCost(row: UsageRow | undefined): number | null {
  return row === undefined ? null : costOf(row)
}

export function listJson({ run, usedTokens, costUsd, observes, resumeAtMs, budgets }: ListedRun) {
  return {
    slug: run.slug,
    label: run.label,
    color: run.color,
    host: run.host,
    agent: run.agent,
    bottles: run.bottles,
    provider: run.provider,
    backend: run.backend,
    status: run.status,
    observe: observes,
    started_at: formatTime(run.startedAtMs),
    ended_at: run.endedAtMs === undefined ? null : formatTime(run.endedAtMs),
    tags: run.tags,
    exit_code: run.exitCode ?? null,
    end_reason: run.endReason ?? null,
    parked_until: resumeAtMs === undefined ? null : formatTime(resumeAtMs),
    used_tokens: usedTokens,
    cost_usd: costUsd,
    budget: budgetJson(mainBudget(run, budgets ?? [])),
    budgets: budgets?.map(budgetJson) ?? null,
  }
}

interface ListColumn extends Column {
  /** Whether any of these runs needs it. Absent: always. */
  readonly isShown?: (listed: readonly ListedRun[]) => boolean
  readonly cell: (listed: ListedRun, options: CellOptions) => string
}

interface CellOptions {
  readonly paint: Screen["paint"]
  readonly nowMs: number
}

// biome-ignore format: a table
const COLUMNS: readonly ListColumn[] = [
  { title: "RUN", minWidth: 22, cell: ({ run }, { paint }) => paint.named(run.color, run.slug) },
  // Of a shared ledger, once it has runs of several hosts.
  { title: "HOST", minWidth: 12, dropOrder: 4, isShown: (listed) => new Set(listed.map(({ run }) => run.host)).size > 1,
    cell: ({ run }) => sanitizeLine(run.host) },
  { title: "STATUS", minWidth: 9, cell: ({ run, observes, cutBy, resumeAtMs }, { paint, nowMs }) =>
    observes ? paint.named("red", `${run.status} (observes)`)
      : resumeAtMs === undefined ? describeStatus(run, cutBy) : `parked until ${clockTime(resumeAtMs, nowMs)}` },
  { title: "AGENT", minWidth: 8, dropOrder: 2, cell: ({ run }) => sanitizeLine(run.agent) },
  { title: "TOKENS", align: "right", cell: ({ usedTokens }) => formatCount(usedTokens) },
  { title: "COST", align: "right", dropOrder: 3, isShown: (listed) => listed.some(({ costUsd }) => costUsd !== null),
    cell: ({ costUsd }) => formatCost(costUsd) },
  { title: "LEFT", minWidth: 12, dropOrder: 1, cell: ({ run, budgets }) => describeLeft(run, budgets) },
  { title: "AGE", align: "right", dropOrder: 5, cell: ({ run }, { nowMs }) => formatAge(nowMs - run.startedAtMs) },
]

/** TOKENS and COST are the run's own; LEFT is of the budget that governs it, and names its scope. */
export function listTable(
  listed: readonly ListedRun[],
  { paint, width }: Pick<Screen, "paint" | "width">,
  nowMs: number,
): readonly string[] {
  const columns = COLUMNS.filter(({ isShown }) => isShown === undefined || isShown(listed))
  const rows = listed.map((row) => columns.map(({ cell }) => cell(row, { paint, nowMs })))
  return formatTable(columns, rows, { width })
}

function mainBudget({ meters }: Run, budgets: readonly GoverningBudget[]): GoverningBudget | undefined {
  return budgets.find(({ provider }) => provider === meters[0])
}

function budgetJson(budget: GoverningBudget | undefined) {
  if (budget === undefined) return null
  const { provider, scope, limitTokens, usedTokens, window } = budget
  const unit = unitOf(provider)
  return { provider, scope: scope.kind, key: scope.key, unit, limit: limitTokens, used: usedTokens, window }
}

function describeStatus({ status, exitCode, endReason }: Run, cutBy: string | undefined): string {
  if (cutBy !== undefined) return `${status} (${cutBy})`
  if (endReason !== undefined) return `${status} (${endReason})`
  return exitCode === undefined || exitCode === 0 ? status : `${status} (exit ${exitCode})`
}

function describeLeft(run: Run, budgets: ListedRun["budgets"]): string {
  if (budgets === undefined) return "see its host"
  const money = budgets.find(({ provider }) => provider === USD)
  const shown = [mainBudget(run, budgets), money].filter((budget) => budget !== undefined)
  if (shown.length === 0) return "no budget"
  return shown
    .map(({ provider, scope, limitTokens, usedTokens }) => {
      const whose = scope.kind === "run" ? "" : ` of ${formatScope(scope)}`
      return `${formatAmount(provider, Math.max(0, limitTokens - usedTokens))}${whose}`
    })
    .join(", ")
}
