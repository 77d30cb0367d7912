// `orchestrate status`: the issues that runs work on, and how they stand.

import { formatAge, formatCount, formatTime, sanitizeLine } from "@bot-bottle/contracts"
import { type ForgeRun, loadForgeRuns } from "../../forge/load-forge-runs.ts"
import type { Host } from "../../host.ts"
import { type Column, formatTable } from "../../terminal/table.ts"

export interface OrchestrateStatusFlags {
  readonly all?: boolean
  readonly json?: boolean
}

/** An address leaves a narrow terminal first: the issue's name says where it is. */
const COLUMNS: readonly Column[] = [
  { title: "ISSUE", minWidth: 18 },
  { title: "PR", minWidth: 4 },
  { title: "STATUS", minWidth: 9 },
  { title: "RUN", minWidth: 14 },
  { title: "TOKENS", align: "right" },
  { title: "LAST CHECK-IN", align: "right", dropOrder: 1 },
  { title: "ADDRESS", dropOrder: 2 },
]

/** Of a shared ledger, once it has runs of several hosts. */
const HOST_COLUMN: Column = { title: "HOST", minWidth: 12, dropOrder: 3 }

export async function runOrchestrateStatus(host: Host, flags: OrchestrateStatusFlags): Promise<number> {
  const { screen } = host
  const { runs, unreadable } = await loadForgeRuns(host, { all: flags.all === true })
  for (const path of unreadable) screen.note(`bot-bottle: warning: ${path} cannot be read`)
  if (flags.json) screen.print(JSON.stringify(runs.map(statusJson), null, 2))
  else if (runs.length === 0)
    screen.note(flags.all ? "No forge runs yet." : "No active forge runs. --all includes the others.")
  else {
    const hasSeveral = new Set(runs.flatMap((run) => run.host ?? [])).size > 1
    const columns = hasSeveral ? [...COLUMNS, HOST_COLUMN] : COLUMNS
    const rows = runs.map((run) => [...cells(run, Date.now()), ...(hasSeveral ? [sanitizeLine(run.host ?? "–")] : [])])
    for (const line of formatTable(columns, rows, screen)) screen.print(line)
  }
  return 0
}

function statusJson(run: ForgeRun) {
  return {
    owner: run.owner,
    repo: run.repo,
    issue_number: run.issueNumber,
    issue_url: addressOf(run, "issues", run.issueNumber),
    pr_number: run.prNumber,
    pr_url: addressOf(run, "pulls", run.prNumber),
    slug: run.slug,
    agent: run.agent,
    bottles: run.bottles,
    host: run.host ?? null,
    status: run.status,
    used_tokens: run.usedTokens,
    cost_usd: null,
    last_checkin_at: run.lastCheckInMs === undefined ? "" : formatTime(run.lastCheckInMs),
    started_at: run.startedAtMs === undefined ? null : formatTime(run.startedAtMs),
  }
}

/** Null when the number or the forge's address is not known. */
function addressOf({ webUrl, owner, repo }: ForgeRun, kind: "issues" | "pulls", number: number | null): string | null {
  return webUrl === undefined || number === null ? null : `${webUrl}/${owner}/${repo}/${kind}/${number}`
}

function cells(run: ForgeRun, nowMs: number): readonly string[] {
  const { owner, repo, issueNumber, prNumber, status, slug, usedTokens, lastCheckInMs } = run
  const address = addressOf(run, "pulls", prNumber) ?? addressOf(run, "issues", issueNumber)
  return [
    sanitizeLine(`${owner}/${repo}${issueNumber === null ? "" : `#${issueNumber}`}`),
    prNumber === null ? "–" : `#${prNumber}`,
    status,
    sanitizeLine(slug === "" ? "(not started)" : slug),
    formatCount(usedTokens),
    lastCheckInMs === undefined ? "–" : formatAge(nowMs - lastCheckInMs),
    address === null ? "–" : sanitizeLine(address),
  ]
}
