// `why-commit`: which run made a commit, under which policy, at what price.

import { formatCount, formatCounted, formatTime, OperatorProblem } from "@bot-bottle/contracts"
import { loadRunFacts, openHostLedgerToRead } from "@bot-bottle/control"
import { gitleaksVerdict } from "@bot-bottle/forge"
import type { AuditRow, Ledger } from "@bot-bottle/ledger"
import { controlHost } from "../../control-host.ts"
import type { Host } from "../../host.ts"

const PAGE = 5_000

export async function runWhyCommit(host: Host, sha: string, flags: { readonly json?: boolean }): Promise<number> {
  if (!/^[0-9a-f]{7,64}$/i.test(sha))
    throw new OperatorProblem(`'${sha}' is not a commit's id`, { exitCode: 2, hint: "give at least 7 of its digits" })
  const { row, commit } = await findPush(host, sha.toLowerCase())
  const facts = await loadRunFacts(host, row.slug)
  const { tokens, egress, policyHash, agent, bottles } = facts
  const found = {
    commit,
    slug: row.slug,
    agent,
    bottles,
    pushed_at: formatTime(row.atMs),
    ref: row.detail["ref"] ?? null,
    repository: row.detail["repository"] ?? null,
    policy_hash: policyHash,
    charged_tokens: tokens.charged,
    cost_usd: null,
    denied_requests: egress.deniedRequests,
    gitleaks: gitleaksVerdict(facts.forgeRows).kind,
  }
  if (flags.json) host.screen.print(JSON.stringify(found, null, 2))
  else
    for (const line of [
      `commit    ${commit}`,
      `run       ${row.slug}: agent ${agent}, ${bottles.length === 0 ? "no bottle" : `bottle ${bottles.join(", ")}`}`,
      `pushed    ${formatTime(row.atMs)}, ${String(found.ref)} of ${String(found.repository)}`,
      `policy    ${policyHash === "" ? "unknown" : policyHash}`,
      `tokens    ${formatCount(tokens.charged)} charged to the run so far`,
      `denied    ${formatCounted(egress.deniedRequests, "request")}`,
      `gitleaks  ${found.gitleaks}`,
    ])
      host.screen.print(line)
  return 0
}

/** The newest push that holds it. */
async function findPush(host: Host, sha: string): Promise<{ readonly row: AuditRow; readonly commit: string }> {
  await using ledger = await openHostLedgerToRead(controlHost(host))
  let found: { row: AuditRow; commit: string } | undefined
  for await (const row of pushes(ledger)) {
    const commits = Array.isArray(row.detail["commits"]) ? row.detail["commits"] : []
    const commit = commits.find((one): one is string => typeof one === "string" && one.startsWith(sha))
    if (commit !== undefined) found = { row, commit }
  }
  if (found !== undefined) return found
  throw new OperatorProblem(`no run of this host pushed commit ${sha}`, {
    hint: "git fetch origin refs/notes/bot-bottle:refs/notes/bot-bottle && git notes --ref=bot-bottle show <commit> asks the forge",
  })
}

async function* pushes(ledger: Ledger): AsyncGenerator<AuditRow> {
  for (let afterSeq = 0; ; ) {
    const page = await ledger.listAudit({ afterSeq, limit: PAGE })
    yield* page.filter(({ kind, detail }) => kind === "git-push" && detail["outcome"] === "allowed")
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return
    afterSeq = last.seq
  }
}
