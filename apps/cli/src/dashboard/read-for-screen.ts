// Reads for the screen that the stream does not carry: usage over time, past runs, a run's manifest
// and provenance. Each by a command of its own, so that a long read of a large ledger does not stop
// the picture.

import { runFolders, type ScreenIntent, type ScreenOrder, type Slug } from "@bot-bottle/contracts"
import {
  MAX_MANIFEST_REPORT,
  MAX_USAGE_REPORT,
  manifestReportSchema,
  usageReportSchema,
} from "@bot-bottle/contracts/messages/host-event"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { ledgerOptions, ledgerPath } from "@bot-bottle/control"
import { openLedger } from "@bot-bottle/ledger"
import { findRunMetadata } from "@bot-bottle/run-state"
import type { UsageBy } from "@bot-bottle/view"
import type { Env } from "../env.ts"
import { describeSection } from "../manifest-table.ts"
import { requestEvent, runRow } from "../watch/event-rows.ts"
import { hangingLines } from "./hanging-lines.ts"
import { runOwnCommand } from "./own-command.ts"

type UsageOrder = Extract<ScreenOrder, { readonly kind: "usage" }>

const PAST_RUNS = 200
const PAST_REQUESTS = 200
const DAYS = 14
/** Of the lines of a page on the screen. */
const INDENT = 2

export async function readUsage(env: Env, by: UsageBy): Promise<ScreenOrder> {
  const [days, rows] = await Promise.all([usageRows(env, "day", `${DAYS}d`), usageRows(env, by, "52w")])
  return { kind: "usage", by, days, rows }
}

async function usageRows(env: Env, by: UsageBy | "day", since: string): Promise<UsageOrder["rows"]> {
  const { exitCode, stdout, message } = await runOwnCommand(env, ["usage", "--json", "--by", by, "--since", since])
  if (exitCode !== 0) throw new Error(message)
  const parsed = parseMessage(usageReportSchema, stdout, { maxLength: MAX_USAGE_REPORT })
  if (parsed.outcome === "invalid") throw new Error(`the usage cannot be read: ${parsed.problem}`)
  return parsed.message.rows.slice(0, 10_000).map((row) => ({
    key: String(row[by] ?? "").slice(0, 1_024),
    requests: row.requests,
    input_tokens: row.input_tokens,
    cache_read_tokens: row.cache_read_tokens,
    cache_write_tokens: row.cache_write_tokens,
    output_tokens: row.output_tokens,
    charged_tokens: row.charged_tokens,
    cost_usd: row.cost_usd ?? null,
  }))
}

export async function readPastRuns(env: Env, after: Slug | null): Promise<ScreenOrder> {
  await using ledger = await openLedger(ledgerPath(env.root), await ledgerOptions(env))
  const runs = await ledger.listRuns({ all: true, limit: PAST_RUNS, ...(after === null ? {} : { before: after }) })
  const past = runs.filter(({ status }) => status === "ended" || status === "killed")
  const rows = await Promise.all(
    past.map(async (run) => {
      const [usage] = await ledger.usage({ by: "run", slug: run.slug })
      return runRow(run, {
        ...{ budgets: [], usage, ownHost: ledger.host, forge: null },
        ...{ observes: false, resumeAtMs: undefined },
      })
    }),
  )
  return { kind: "past", after, rows }
}

export async function readRequests(env: Env, slug: Slug): Promise<ScreenOrder> {
  await using ledger = await openLedger(ledgerPath(env.root), await ledgerOptions(env))
  const requests = await ledger.listRequests({ slug, limit: PAST_REQUESTS })
  return { kind: "requests", slug, rows: requests.map(requestEvent) }
}

/** Not known for a run without a copy of a folder. */
export async function readChanges(env: Env, slug: Slug): Promise<ScreenOrder> {
  const { exitCode, stdout } = await runOwnCommand(env, ["diff", slug, "--name-only"])
  const count = exitCode === 0 ? stdout.split("\n").filter((line) => line !== "").length : null
  return { kind: "changes", slug, count }
}

export async function readPage(
  env: Env,
  { slug, page, columns }: Omit<Extract<ScreenIntent, { kind: "read-page" }>, "kind">,
): Promise<ScreenOrder> {
  const lines = page === "manifest" ? await manifestLines(env, slug, columns) : provenanceLines(env, slug, columns)
  return { kind: "page", slug, page, lines: lines.slice(0, 5_000).map((line) => line.slice(0, 4_096)) }
}

/** As the run's files say now, with where each value comes from, and what was approved for the run. */
async function manifestLines(env: Env, slug: Slug, columns: number): Promise<readonly string[]> {
  const { stdout, message, exitCode } = await runOwnCommand(env, ["info", slug, "--json"])
  if (exitCode !== 0) return [message]
  const parsed = parseMessage(manifestReportSchema, stdout, { maxLength: MAX_MANIFEST_REPORT })
  if (parsed.outcome === "invalid") throw new Error(`the manifest cannot be read: ${parsed.problem}`)
  return parsed.message.flatMap(({ values, ...section }) =>
    describeSection(
      // Below the operator's folder, where a file is says enough, and its line is not cut off.
      { ...section, values: values.map((each) => ({ ...each, origin: each.origin.replace(`${env.root}/`, "") })) },
      { width: columns - INDENT },
    ),
  )
}

function provenanceLines(env: Env, slug: Slug, columns: number): readonly string[] {
  const metadata = findRunMetadata(runFolders(env.root, slug).state)
  if (metadata === undefined) return ["this run has no metadata any more"]
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["agent", metadata.agent],
    ["bottles", metadata.bottles.join(" + ")],
    ["ancestors", metadata.ancestors.join(", ") || undefined],
    ["provider", metadata.provider],
    ["backend", metadata.backend],
    ["mode", metadata.mode],
    ["folder", metadata.cwd],
    ["workspace", metadata.workspace],
    ["started", metadata.startedAt],
    ["frozen", metadata.frozenAt],
    ["resumed", metadata.resumedAt],
    ["agent's version", metadata.toolchainVersion],
    ["policy", metadata.policyHash],
    ["manifest", metadata.manifestHash],
  ]
  return hangingLines(rows, columns - INDENT)
}
