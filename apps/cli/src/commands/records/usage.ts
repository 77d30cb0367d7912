// `usage`: what was charged, split the way providers bill it.

import { formatCount, formatCounted, sanitizeLine } from "@bot-bottle/contracts"
import { openHostLedgerToRead } from "@bot-bottle/control"
import type { UsageKey, UsageRow } from "@bot-bottle/ledger"
import { controlHost } from "../../control-host.ts"
import { costOf, formatCost, type Priced, sumOfCosts } from "../../cost-of.ts"
import type { Host } from "../../host.ts"
import { describeWindows, isCurrent, windowJson } from "../../messages/describe-parked.ts"
import { noteTrouble } from "../../note-trouble.ts"
import type { Screen } from "../../terminal/screen.ts"
import { parseSince } from "../../terminal/since.ts"
import { type Column, formatTable } from "../../terminal/table.ts"
import { wrapText } from "../../terminal/wrap-text.ts"

export interface UsageFlags {
  readonly by: UsageKey
  readonly since?: string
  readonly json?: boolean
  readonly csv?: boolean
}

/** Name in `--json` and `--csv`, title in the table. The names are API. */
const FIGURES = [
  ["requests", "REQUESTS", (row: UsageRow) => row.requests],
  ["refused_requests", "REFUSED", (row: UsageRow) => row.refusedRequests],
  ["estimated_requests", "ESTIMATED", (row: UsageRow) => row.estimatedRequests],
  ["input_tokens", "INPUT", (row: UsageRow) => row.usage.inputTokens],
  ["output_tokens", "OUTPUT", (row: UsageRow) => row.usage.outputTokens],
  ["cache_read_tokens", "CACHE READ", (row: UsageRow) => row.usage.cacheReadTokens],
  ["cache_write_tokens", "CACHE WRITE", (row: UsageRow) => row.usage.cacheWriteTokens],
  ["reasoning_tokens", "REASONING", (row: UsageRow) => row.usage.reasoningTokens],
  ["charged_tokens", "CHARGED", (row: UsageRow) => row.chargedTokens],
] as const

/** Columns that are shown only when they hold something. */
const FOOTNOTES: ReadonlySet<string> = new Set(["refused_requests", "estimated_requests", "reasoning_tokens"])

/** The order in which columns leave a narrow terminal; the others stay. */
const DROPS: readonly string[] = [
  "input_tokens",
  "output_tokens",
  "requests",
  "cache_write_tokens",
  "cache_read_tokens",
  "estimated_requests",
  "refused_requests",
  "reasoning_tokens",
]

const EXPLAINS_CHARGED =
  "CHARGED is what budgets count: input, output and cache writes in full, cache reads at cache_read_weight."

/** In the order of FIGURES. */
export type Figures = Readonly<Record<string, number>>

export async function runUsage(host: Host, flags: UsageFlags): Promise<number> {
  const { by } = flags
  const since = flags.since === undefined ? {} : { sinceMs: parseSince(flags.since, Date.now()) }

  await using ledger = await openHostLedgerToRead(controlHost(host))
  const rows = await ledger.usage({ by, ...since })
  // A run with two bottles stands in two rows by bottle, so the totals are not the rows' sum.
  const byProvider = await ledger.usage({ by: "provider", ...since })
  const totals = sumOf(byProvider)
  const costs = sumOfCosts(byProvider)

  const now = Date.now()
  const windows = (await ledger.listWindows()).filter((window) => isCurrent(window, now))

  noteTrouble(host, ledger)
  if (flags.json) {
    const report = { ...usageJson(by, rows, totals, costs), windows: windows.map(windowJson) }
    host.screen.print(JSON.stringify(report, null, 2))
  } else if (flags.csv) for (const line of usageCsv(by, rows)) host.screen.print(line)
  else if (rows.length === 0) host.screen.note("No usage yet.")
  else for (const line of usageTable(by, rows, totals, costs, host.screen)) host.screen.print(line)
  if (!flags.json && !flags.csv)
    for (const line of describeWindows(windows, now)) host.screen.print(host.screen.paint.dim(line))
  return 0
}

/** `costs` are of the totals. */
export function usageJson(by: UsageKey, rows: readonly UsageRow[], totals: Figures, costs: Priced): UsageJson {
  return {
    rows: rows.map((row) => ({ [by]: row.key, ...sessionJson(row), ...figuresOf(row), ...costJson(row) })),
    totals: { ...totals, ...costJson(costs) },
  }
}

function sessionJson({ session }: UsageRow) {
  return session === undefined ? {} : { parent_session: session.parent ?? null, run: session.run }
}

interface UsageJson {
  readonly rows: readonly Readonly<Record<string, string | number | null>>[]
  readonly totals: Readonly<Record<string, number | null>>
}

function costJson(priced: Priced) {
  return { cost_usd: costOf(priced), unpriced_requests: priced.unpricedRequests }
}

export function usageCsv(by: UsageKey, rows: readonly UsageRow[]): readonly string[] {
  const header = [by, ...FIGURES.map(([name]) => name), "cost_usd", "unpriced_requests"].join(",")
  const fieldsOf = (row: UsageRow) => [...Object.values(figuresOf(row)), costOf(row) ?? "", row.unpricedRequests]
  return [header, ...rows.map((row) => [csvField(row.key), ...fieldsOf(row)].join(","))]
}

export function usageTable(
  by: UsageKey,
  rows: readonly UsageRow[],
  totals: Figures,
  costs: Priced,
  { paint, width }: Pick<Screen, "paint" | "width">,
): readonly string[] {
  const shown = FIGURES.filter(([name]) => !FOOTNOTES.has(name) || (totals[name] ?? 0) > 0)
  const hasCost = costs.costMicroUsd > 0
  const costCell = (priced: Priced) => (hasCost ? [formatCost(costOf(priced))] : [])
  const columns: readonly Column[] = [
    { title: by.toUpperCase(), minWidth: 22 },
    ...shown.map(([name, title]) => ({ title, align: "right" as const, ...dropOf(name) })),
    ...(hasCost ? [{ title: "COST", align: "right" as const }] : []),
  ]
  const cells = asTree(rows).map(([depth, row]) => [
    depth === 0 ? titleOf(row) : `${"  ".repeat(depth - 1)}└ ${titleOf(row)}`,
    ...shown.map(([, , figure]) => formatCount(figure(row))),
    ...costCell(row),
  ])
  const last = ["total", ...shown.map(([name]) => formatCount(totals[name] ?? 0)), ...costCell(costs)].map(paint.bold)
  return [
    ...formatTable(columns, rows.length > 1 ? [...cells, last] : cells, { width }),
    ...wrapText(paint.dim(EXPLAINS_CHARGED), { width, hang: 0 }),
    ...(hasCost && costs.unpricedRequests > 0
      ? wrapText(paint.dim(`COST leaves out ${formatCounted(costs.unpricedRequests, "request")} without a price.`), {
          width,
          hang: 0,
        })
      : []),
  ]
}

function titleOf({ key, session }: UsageRow): string {
  const title = key === "" ? "(none)" : sanitizeLine(key)
  return session !== undefined && (session.parent === undefined || key === "") ? `${title} of ${session.run}` : title
}

/** Sessions below the ones that started them, each with its depth. Rows of any other key as they are. */
function asTree(rows: readonly UsageRow[]): readonly (readonly [depth: number, row: UsageRow])[] {
  const known = new Set(rows.map(({ key }) => key))
  const placed = new Set<UsageRow>()
  const below = (parent: string, depth: number): readonly (readonly [number, UsageRow])[] =>
    rows.flatMap((row) => {
      if (row.session?.parent !== parent || placed.has(row)) return []
      placed.add(row)
      return [[depth, row] as const, ...below(row.key, depth + 1)]
    })
  const roots = rows.flatMap((row) => {
    const { session } = row
    if (placed.has(row) || (session?.parent !== undefined && known.has(session.parent))) return []
    placed.add(row)
    return [[0, row] as const, ...(session === undefined ? [] : below(row.key, 1))]
  })
  // Names come from agents: those that name each other in a circle are shown all the same.
  return [...roots, ...rows.filter((row) => !placed.has(row)).map((row) => [0, row] as const)]
}

export function sumOf(rows: readonly UsageRow[]): Figures {
  const sum = (figure: (row: UsageRow) => number) => rows.reduce((total, row) => total + figure(row), 0)
  return Object.fromEntries(FIGURES.map(([name, , figure]) => [name, sum(figure)]))
}

function figuresOf(row: UsageRow): Figures {
  return Object.fromEntries(FIGURES.map(([name, , figure]) => [name, figure(row)]))
}

function dropOf(name: string): { readonly dropOrder?: number } {
  const at = DROPS.indexOf(name)
  return at < 0 ? {} : { dropOrder: at }
}

function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
