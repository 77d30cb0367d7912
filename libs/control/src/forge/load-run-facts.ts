// Gathers what a summary says of a run: from the ledger, its launch, and its event log.

import { ISSUE_TAG, OperatorProblem, PULL_REQUEST_TAG, type Run, runFolders, USD } from "@bot-bottle/contracts"
import type { ForgeRow, RunFacts } from "@bot-bottle/forge"
import type { Ledger } from "@bot-bottle/ledger"
import { findRunMetadata } from "@bot-bottle/run-state"
import { listGoverning } from "../client/governing.ts"
import { countDenied, readLaunchFacts } from "./launch-facts.ts"

/** Kinds of audit rows that a sidecar writes. */
const FORGE_KINDS: readonly string[] = ["forge-call", "git-push"]
const PAGE = 5_000

export async function loadRunFacts(ledger: Ledger, root: string, slug: string): Promise<RunFacts> {
  const run = await ledger.findRun(slug)
  if (run === undefined) throw new OperatorProblem(`there is no run ${slug}`, { hint: "bot-bottle list --all" })
  const launch = readLaunchFacts(root, slug)
  const frozenAt = findRunMetadata(runFolders(root, slug).state)?.frozenAt
  const endedAt = run.endedAtMs === undefined ? frozenAt : new Date(run.endedAtMs).toISOString()
  return {
    agent: run.agent,
    bottles: run.bottles,
    startedAt: launch?.startedAt ?? new Date(run.startedAtMs).toISOString(),
    finishedAt: endedAt ?? "",
    exit: run.exitCode ?? "frozen",
    tokens: await loadTokens(ledger, root, run),
    cost: await loadCost(ledger, run),
    forgeRows: await listForgeRows(ledger, slug),
    egress: { routes: launch?.routes ?? [], deniedRequests: launch?.deniedRequests ?? countDenied(root, slug) },
    policyHash: launch?.policyHash ?? "",
    commit: launch?.commit ?? "",
  }
}

async function loadTokens(ledger: Ledger, root: string, run: Run): Promise<RunFacts["tokens"]> {
  const [row] = await ledger.usage({ by: "run", slug: run.slug })
  const governing = (await listGoverning(ledger, root, run)).find(({ provider }) => provider !== USD)
  const usage = row?.usage
  return {
    input: usage?.inputTokens ?? 0,
    output: usage?.outputTokens ?? 0,
    cached: (usage?.cacheReadTokens ?? 0) + (usage?.cacheWriteTokens ?? 0),
    charged: row?.chargedTokens ?? 0,
    ...(governing === undefined ? {} : { budget: governing.limitTokens }),
  }
}

async function loadCost(ledger: Ledger, { slug, tags }: Run): Promise<RunFacts["cost"]> {
  const [row] = await ledger.usage({ by: "run", slug })
  const sumOf = async (what: "issue" | "pull request", tag: string) => {
    const name = tags[tag]
    if (name === undefined) return []
    const sum = (await ledger.usage({ by: `tag:${tag}` })).find(({ key }) => key === name)
    return [{ what, name, cost: sum?.costMicroUsd ?? 0 }]
  }
  return {
    run: row?.costMicroUsd ?? 0,
    unpricedRequests: row?.unpricedRequests ?? 0,
    sums: [...(await sumOf("issue", ISSUE_TAG)), ...(await sumOf("pull request", PULL_REQUEST_TAG))],
  }
}

async function listForgeRows(ledger: Ledger, slug: string): Promise<readonly ForgeRow[]> {
  const rows: ForgeRow[] = []
  for (let afterSeq = 0; ; ) {
    const page = await ledger.listAudit({ afterSeq, limit: PAGE })
    rows.push(...page.filter((row) => row.slug === slug && FORGE_KINDS.includes(row.kind)))
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return rows
    afterSeq = last.seq
  }
}
