// `usage`: what was charged, split the way providers bill it.

import { OperatorProblem } from "@bot-bottle/contracts"
import type { UsageKey, UsageRow } from "@bot-bottle/ledger"
import type { Host } from "../host.ts"
import { openHostLedger } from "../host-ledger.ts"
import { formatCount, plain } from "../terminal/figures.ts"
import { parseSince } from "../terminal/since.ts"
import { formatTable } from "../terminal/table.ts"

export interface UsageFlags {
  readonly by: string
  readonly since?: string
  readonly json?: boolean
  readonly csv?: boolean
}

const KEYS: readonly UsageKey[] = ["run", "agent", "bottle", "provider", "model", "day"]

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

/** In the order of FIGURES. */
export type Figures = Readonly<Record<string, number>>

export async function runUsage(host: Host, flags: UsageFlags): Promise<number> {
  const by = parseKey(flags.by)
  if (flags.json && flags.csv)
    throw new OperatorProblem("--json and --csv exclude each other", { exitCode: 2, hint: "give one of them" })
  const since = flags.since === undefined ? {} : { sinceMs: parseSince(flags.since, Date.now()) }

  using ledger = await openHostLedger(host)
  const rows = await ledger.usage({ by, ...since })
  // A run with two bottles stands in two rows by bottle, so the totals are not the rows' sum.
  const totals = sumOf(await ledger.usage({ by: "provider", ...since }))

  if (flags.json) host.screen.print(JSON.stringify(usageJson(by, rows, totals), null, 2))
  else if (flags.csv) for (const line of usageCsv(by, rows)) host.screen.print(line)
  else if (rows.length === 0) host.screen.note("no usage yet")
  else for (const line of usageTable(by, rows, totals, host.screen.paint.bold)) host.screen.print(line)
  return 0
}

export function usageJson(by: UsageKey, rows: readonly UsageRow[], totals: Figures) {
  return { rows: rows.map((row) => ({ [by]: row.key, ...figuresOf(row) })), totals }
}

export function usageCsv(by: UsageKey, rows: readonly UsageRow[]): readonly string[] {
  const header = [by, ...FIGURES.map(([name]) => name)].join(",")
  return [header, ...rows.map((row) => [csvField(row.key), ...Object.values(figuresOf(row))].join(","))]
}

export function usageTable(
  by: UsageKey,
  rows: readonly UsageRow[],
  totals: Figures,
  bold: (text: string) => string,
): readonly string[] {
  const columns = [{ title: by.toUpperCase() }, ...FIGURES.map(([, title]) => ({ title, align: "right" as const }))]
  const cells = rows.map((row) => [plain(row.key), ...FIGURES.map(([, , figure]) => formatCount(figure(row)))])
  const last = ["total", ...Object.values(totals).map(formatCount)].map(bold)
  return formatTable(columns, rows.length > 1 ? [...cells, last] : cells)
}

export function sumOf(rows: readonly UsageRow[]): Figures {
  const sum = (figure: (row: UsageRow) => number) => rows.reduce((total, row) => total + figure(row), 0)
  return Object.fromEntries(FIGURES.map(([name, , figure]) => [name, sum(figure)]))
}

function figuresOf(row: UsageRow): Figures {
  return Object.fromEntries(FIGURES.map(([name, , figure]) => [name, figure(row)]))
}

function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function parseKey(text: string): UsageKey {
  const key = KEYS.find((name) => name === text)
  if (key !== undefined) return key
  throw new OperatorProblem(`--by '${text}' is not a way to split usage`, {
    exitCode: 2,
    hint: `use ${KEYS.join(", ")}`,
  })
}
