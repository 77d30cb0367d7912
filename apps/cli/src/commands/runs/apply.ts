// `apply`: brings what the agent changed in its copy of the workspace back into the folder it
// was copied from, once the operator has seen what that is.
//
// Conflicts are left alone and named; what would make the host run something is held back.

import { existsSync } from "node:fs"
import { join } from "node:path"
import { formatCounted, OperatorProblem, type Run, runFolders, showHidden } from "@bot-bottle/contracts"
import { isLive, loadOwnIdentity, loadRun, openHostLedger, turnOf } from "@bot-bottle/control"
import type { Ledger } from "@bot-bottle/ledger"
import { type AppliedChange, applyChanges, hasOwnCommits, type ReviewedChange } from "@bot-bottle/workspace"
import type { Host } from "../../host.ts"
import { ledgerHost } from "../../ledger-host.ts"
import { confirmWrite } from "../../terminal/confirm-write.ts"
import { describeRest, formatStat, shownPath } from "../../workspace/format-diff.ts"
import { type LoadedReview, loadReview, openChanges, showChange } from "../../workspace/load-review.ts"

export interface ApplyFlags {
  readonly yes?: boolean
  readonly commits?: boolean
  readonly includeProtected?: boolean
  readonly ignored?: boolean
}

/** 1 when something was left out that the operator did not decide on: a conflict, or a file that would not be written. */
export async function runApply(host: Host, slug: string, flags: ApplyFlags): Promise<number> {
  await using ledger = await openHostLedger(ledgerHost(host))
  const run = await loadRun(ledger, slug)
  if (isLive(run)) throw stillRunning(run)
  // Before the review: files that another 'apply' writes meanwhile would be seen half done.
  const turn = turnOf(ledger, "apply", loadOwnIdentity())
  if (!(await turn.take(slug)))
    throw new OperatorProblem(`another 'apply ${slug}' is at work`, { hint: "wait for it, or answer what it asks" })
  try {
    return await applyReviewed(host, ledger, run, flags)
  } finally {
    await turn.release(slug)
  }
}

async function applyReviewed(host: Host, ledger: Ledger, run: Run, flags: ApplyFlags): Promise<number> {
  const { slug } = run
  const review = await loadReview(host, run, { includeIgnored: flags.ignored === true })
  const { source } = review
  if (source === undefined) {
    throw new OperatorProblem(`run '${slug}' was started without --cwd: there is no folder to bring its work back to`, {
      hint: `its workspace is ${review.workspace}`,
    })
  }
  if (flags.commits === true) {
    const { applyCommits } = await import("../../workspace/apply-commits.ts")
    return await applyCommits(host, ledger, { slug, source, workspace: review.workspace, yes: flags.yes === true })
  }
  const open = openChanges(review)
  const wanted = open.filter((reviewed) => isWanted(reviewed, flags))
  showReview(host, review, open, wanted, source)
  if (hasOwnCommits({ workspace: review.workspace, source }))
    host.screen.note(
      `bot-bottle: the agent's commits stay in its copy; --commits brings them as branch bot-bottle/${slug}`,
    )
  if (hasConflict(open) && existsSync(join(source, ".git")))
    host.screen.note(
      `bot-bottle: to merge a conflict, commit the agent's version between yours: git stash && bot-bottle apply ${slug} && git commit -a && git stash pop`,
    )
  if (wanted.length === 0) {
    host.screen.note(`${slug}: nothing to apply`)
    return hasConflict(open) ? 1 : 0
  }
  const question = `Apply ${formatCounted(wanted.length, "change")} to ${showHidden(source)}?`
  const without = `bot-bottle apply ${slug} --yes`
  if (!(await confirmWrite(host.screen, { given: flags.yes === true, question, without }))) return 0
  const audit = (detail: Record<string, unknown>) =>
    ledger.appendAudit({
      slug,
      kind: "apply",
      actor: host.env.operator,
      detail: { source, includes_protected: flags.includeProtected === true, ...detail },
    })
  // Before the first byte: an apply that is cut off is on record, too.
  await audit({ begun: wanted.length })
  const chosen = new Set(wanted.map(({ change }) => change))
  const outcomes = applyChanges({
    slug,
    workspace: review.workspace,
    source,
    baseline: review.baseline,
    baselineFile: runFolders(host.env.root, slug).baseline,
    changes: review.changes.map(({ change }) => change),
    isWanted: (change) => chosen.has(change),
  })
  const refused = refusedOf(outcomes)
  const applied = outcomes.length - refused.length
  await audit({ applied, refused: refused.length })
  for (const { change, why } of refused) host.screen.note(`bot-bottle: not applied: ${shownPath(change.path)}: ${why}`)
  host.screen.print(`${slug}: ${applied} of ${open.length} changes applied to ${source}`)
  return refused.length > 0 || hasConflict(open) ? 1 : 0
}

function isWanted({ standing, held }: ReviewedChange, { includeProtected }: ApplyFlags): boolean {
  return standing.kind === "clean" && (held === undefined || includeProtected === true)
}

function hasConflict(changes: readonly ReviewedChange[]): boolean {
  return changes.some(({ standing }) => standing.kind === "conflict")
}

function showReview(
  { screen }: Host,
  review: LoadedReview,
  open: readonly ReviewedChange[],
  wanted: readonly ReviewedChange[],
  source: string,
): void {
  const show = (changes: readonly ReviewedChange[]) =>
    formatStat(
      changes.map((reviewed) => showChange(review, reviewed)),
      screen.paint,
    )
  const left = open.filter((reviewed) => !wanted.includes(reviewed))
  if (wanted.length > 0) {
    screen.print(`to ${showHidden(source)}:`)
    for (const line of show(wanted)) screen.print(line)
  }
  if (left.length > 0) {
    screen.print("not applied:")
    for (const line of show(left)) screen.print(line)
    if (left.some(({ held, standing }) => held !== undefined && standing.kind === "clean"))
      screen.note("bot-bottle: --include-protected brings what is held back; look at it first: bot-bottle diff")
  }
  for (const line of describeRest(review)) screen.note(`bot-bottle: ${line}`)
}

function refusedOf(outcomes: readonly AppliedChange[]) {
  return outcomes.flatMap(({ change, outcome }) => (outcome.kind === "refused" ? [{ change, why: outcome.why }] : []))
}

function stillRunning({ slug }: Run): OperatorProblem {
  return new OperatorProblem(`run '${slug}' is running, and its agent may be in the middle of a change`, {
    hint: `to end its turn and apply: bot-bottle freeze ${slug} && bot-bottle apply ${slug}; to look only: bot-bottle diff ${slug}`,
  })
}
