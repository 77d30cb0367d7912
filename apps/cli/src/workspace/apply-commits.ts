// `apply --commits`: the agent's commits as a branch of the operator's repository. Nothing is
// checked out or merged, and no file of the working tree changes.

import { formatCounted, type Slug, showHidden } from "@bot-bottle/contracts"
import type { Ledger } from "@bot-bottle/ledger"
import { fetchCommits } from "@bot-bottle/workspace"
import type { Host } from "../host.ts"
import { confirmWrite } from "../terminal/confirm-write.ts"

export interface CommitsRequest {
  readonly slug: Slug
  readonly source: string
  readonly workspace: string
  readonly yes: boolean
}

export async function applyCommits(host: Host, ledger: Ledger, request: CommitsRequest): Promise<number> {
  const { slug, source, yes } = request
  using fetched = await fetchCommits(request)
  const { commits, count } = fetched
  if (count === 0) {
    host.screen.note(`${slug}: no commits that ${showHidden(source)} does not have`)
    return 0
  }
  for (const { id, author, subject } of commits)
    host.screen.print(`${id} ${showHidden(author)}: ${showHidden(subject)}`)
  if (commits.length < count) host.screen.print(`and ${count - commits.length} before these`)
  for (const { path, count: inner } of fetched.submodules)
    host.screen.print(`and ${formatCounted(inner, "commit")} of submodule ${showHidden(path)}`)
  for (const one of fetched.missing) host.screen.note(`bot-bottle: ${showHidden(one)}`)
  const question = `Import ${formatCounted(count, "commit")} into ${showHidden(source)} as branch bot-bottle/${slug}?`
  const without = `bot-bottle apply ${slug} --commits --yes`
  if (!(await confirmWrite(host.screen, { given: yes === true, question, without }))) return 0
  const branch = fetched.bring()
  await ledger.appendAudit({
    slug,
    kind: "apply",
    actor: host.env.operator,
    detail: { source, branch, commits: count },
  })
  host.screen.print(
    `${slug}: ${formatCounted(count, "commit")} on branch ${branch}; to look at ${count === 1 ? "it" : "them"}: git log ..${branch}`,
  )
  return 0
}
