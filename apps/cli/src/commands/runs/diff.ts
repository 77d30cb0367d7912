// `diff`: what the agent changed in its copy of the workspace, against the folder it was
// copied from. Changes nothing, and runs while the agent does.

import { loadRun, openHostLedgerToRead } from "@bot-bottle/control"
import { controlHost } from "../../control-host.ts"
import type { Host } from "../../host.ts"
import { reviewJson } from "../../workspace/diff-json.ts"
import { describeRest, formatDiff, formatStat, shownPath } from "../../workspace/format-diff.ts"
import { loadReview, openChanges, showChange } from "../../workspace/load-review.ts"

export interface DiffFlags {
  readonly stat?: boolean
  readonly nameOnly?: boolean
  readonly ignored?: boolean
  readonly json?: boolean
}

export async function runDiff(host: Host, slug: string, flags: DiffFlags): Promise<number> {
  await using ledger = await openHostLedgerToRead(controlHost(host))
  const { screen } = host
  const review = await loadReview(host, await loadRun(ledger, slug), { includeIgnored: flags.ignored === true })
  const open = openChanges(review)
  if (flags.nameOnly === true && flags.json !== true) {
    for (const { change } of open) screen.print(shownPath(change.path))
    return 0
  }
  const changes = open.map((reviewed) => showChange(review, reviewed))
  if (flags.json === true) {
    screen.print(JSON.stringify(reviewJson(slug, review, changes), undefined, 2))
    return 0
  }
  if (changes.length === 0) screen.note(`${slug}: nothing changed`)
  else if (flags.stat === true) for (const line of formatStat(changes, screen.paint)) screen.print(line)
  else for (const shown of changes) for (const line of formatDiff(shown, screen.paint)) screen.print(line)
  for (const line of describeRest(review)) screen.note(`bot-bottle: ${line}`)
  return 0
}
