// `orchestrate status`: the issues that runs work on, and how they stand.

import { formatAge, formatCount, formatTime, type Run, sanitizeLine } from "@bot-bottle/contracts"
import { openHostLedgerToRead } from "@bot-bottle/control"
import { createForgeStateStore, type ForgeState } from "@bot-bottle/forge"
import { controlHost } from "../control-host.ts"
import type { Host } from "../host.ts"
import { type Column, formatTable } from "../terminal/table.ts"

export interface OrchestrateStatusFlags {
  readonly all?: boolean
  readonly json?: boolean
}

interface StatusRow {
  readonly state: ForgeState
  readonly run: Run | undefined
  readonly usedTokens: number
}

const COLUMNS: readonly Column[] = [
  { title: "ISSUE", minWidth: 18 },
  { title: "PR", minWidth: 4 },
  { title: "STATUS", minWidth: 9 },
  { title: "RUN", minWidth: 14 },
  { title: "TOKENS", align: "right" },
  { title: "LAST CHECK-IN", align: "right", dropOrder: 1 },
]

export async function runOrchestrateStatus(host: Host, flags: OrchestrateStatusFlags): Promise<number> {
  const { env, screen } = host
  const { states, unreadable } = await createForgeStateStore(env.root).all()
  for (const path of unreadable) screen.note(`bot-bottle: warning: ${path} cannot be read`)
  const shown = states.filter(({ status }) => flags.all === true || status !== "destroyed")
  const rows = await loadRows(host, shown)
  if (flags.json)
    screen.print(
      JSON.stringify(
        rows.map((row) => statusJson(row, webAddress(env.find("FORGE_GITEA_API")))),
        null,
        2,
      ),
    )
  else if (rows.length === 0)
    screen.note(flags.all ? "No forge runs yet." : "No active forge runs. --all includes destroyed ones.")
  else
    for (const line of formatTable(
      COLUMNS,
      rows.map((row) => cells(row, Date.now())),
      screen,
    ))
      screen.print(line)
  return 0
}

async function loadRows(host: Host, states: readonly ForgeState[]): Promise<readonly StatusRow[]> {
  await using ledger = await openHostLedgerToRead(controlHost(host))
  return await Promise.all(
    states.map(async (state) => {
      if (state.slug === "") return { state, run: undefined, usedTokens: 0 }
      const [usage] = await ledger.usage({ by: "run", slug: state.slug })
      return { state, run: await ledger.findRun(state.slug), usedTokens: usage?.chargedTokens ?? 0 }
    }),
  )
}

export function statusJson({ state, run, usedTokens }: StatusRow, web: string | undefined) {
  const { owner, repo, issue_number, pr_number } = state
  const url = (kind: "issues" | "pulls", number: number) =>
    web === undefined ? null : `${web}/${owner}/${repo}/${kind}/${number}`
  return {
    owner,
    repo,
    issue_number,
    issue_url: url("issues", issue_number),
    pr_number,
    pr_url: pr_number === null ? null : url("pulls", pr_number),
    slug: state.slug,
    agent: state.agent_name,
    bottles: run?.bottles ?? state.bottle_names,
    status: state.status,
    used_tokens: usedTokens,
    cost_usd: null,
    last_checkin_at: state.last_checkin_at,
    started_at: run === undefined ? null : formatTime(run.startedAtMs),
  }
}

/** The API's address without `/api/v1`. */
function webAddress(api: string | undefined): string | undefined {
  return api?.replace(/\/+$/, "").replace(/\/api\/v1$/, "")
}

function cells({ state, usedTokens }: StatusRow, nowMs: number): readonly string[] {
  const { owner, repo, issue_number, pr_number, status, slug, last_checkin_at } = state
  const checkedInMs = Date.parse(last_checkin_at)
  return [
    sanitizeLine(`${owner}/${repo}#${issue_number}`),
    pr_number === null ? "–" : `#${pr_number}`,
    status,
    sanitizeLine(slug === "" ? "(not started)" : slug),
    formatCount(usedTokens),
    Number.isNaN(checkedInMs) ? "–" : formatAge(nowMs - checkedInMs),
  ]
}
