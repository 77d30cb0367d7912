// From a run's slug to what its agent changed, with both sides of each change as they can be
// shown.

import { OperatorProblem, type Run, runFolders } from "@bot-bottle/contracts"
import { isGone } from "@bot-bottle/control"
import { findRunMetadata } from "@bot-bottle/run-state"
import {
  type Baseline,
  type Change,
  type Contents,
  countLines,
  diffLines,
  type Hunk,
  loadBaseline,
  loadContents,
  type Review,
  type ReviewedChange,
  reviewWorkspace,
} from "@bot-bottle/workspace"
import type { Host } from "../host.ts"
import { showProgress } from "../terminal/progress.ts"

export interface LoadedReview extends Review {
  readonly baseline: Baseline
  readonly workspace: string
}

/** Throws OperatorProblem for a run whose workspace is gone, or was not a copy. */
export async function loadReview(
  { env, screen }: Host,
  run: Run,
  options: { readonly includeIgnored: boolean },
): Promise<LoadedReview> {
  const folders = runFolders(env.root, run.slug)
  if (isGone(run)) {
    throw new OperatorProblem(`the files of run '${run.slug}' are removed: there is nothing to compare`, {
      hint: "see 'bot-bottle list --all'",
    })
  }
  const bound = findRunMetadata(folders.state)
  if (bound?.workspace === "bind") {
    throw new OperatorProblem(
      `run '${run.slug}' works in ${bound.cwd ?? "its folder"} itself: there is no copy to compare`,
      {
        hint: "see what it changed with 'git diff' there",
      },
    )
  }
  const baseline = loadBaseline(folders.baseline, run.slug)
  try {
    const reviewing = reviewWorkspace({ workspace: folders.workspace, baseline, ...options })
    const review = await showProgress(screen, `comparing the workspace of ${run.slug}`, reviewing)
    return { ...review, baseline, workspace: folders.workspace }
  } catch (error) {
    // A link or a file in its place is not the folder either.
    if (!["ENOENT", "ENOTDIR", "ELOOP"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error
    throw new OperatorProblem(`the workspace of run '${run.slug}', or ${baseline.source ?? "its folder"}, is gone`, {
      hint: "put the folder back where it was; the workspace keeps what the agent did",
      cause: error,
    })
  }
}

/** A change with what can be shown of it. */
export interface ShownChange extends ReviewedChange {
  readonly before: Contents
  readonly after: Contents
  /** Undefined when one side is not text. */
  readonly hunks: readonly Hunk[] | undefined
  readonly added: number
  readonly removed: number
}

export function showChange(review: LoadedReview, reviewed: ReviewedChange): ShownChange {
  const { workspace, source } = review
  const { before, after } = loadContents({ workspace, source, change: reviewed.change })
  const isText = [before, after].every(({ kind }) => kind === "text" || kind === "absent")
  const hunks = isText ? diffLines(textIn(before), textIn(after)) : undefined
  return { ...reviewed, before, after, hunks, ...(hunks === undefined ? { added: 0, removed: 0 } : countLines(hunks)) }
}

/** The entries that are not in the original folder yet. */
export function openChanges({ changes }: Review): readonly ReviewedChange[] {
  return changes.filter(({ standing }) => standing.kind !== "there-already")
}

export function pathsOf(change: Change): string {
  return change.status === "renamed" ? `${change.from} => ${change.path}` : change.path
}

function textIn(contents: Contents): string {
  return contents.kind === "text" ? contents.text : ""
}
