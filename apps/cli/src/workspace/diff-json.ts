// The machine-readable form of a review: `diff --json`. Its shape is API.

import { textOf } from "@bot-bottle/kernel"
import type { SkippedEntry } from "@bot-bottle/workspace"
import type { LoadedReview, ShownChange } from "./load-review.ts"

export function reviewJson(slug: string, review: LoadedReview, changes: readonly ShownChange[]) {
  return {
    slug,
    source: review.source ?? null,
    changes: changes.map(changeJson),
    ignored: review.ignored.map(textOf),
    not_compared: review.unseen.map(skippedJson),
  }
}

function changeJson({ change, standing, held, hunks, added, removed }: ShownChange) {
  const now = "after" in change ? change.after : undefined
  return {
    path: textOf(change.path),
    from: change.status === "renamed" ? textOf(change.from) : null,
    status: change.status,
    executable: now?.kind === "file" ? now.executable : null,
    link_target: now?.kind === "link" ? textOf(now.target) : null,
    binary: hunks === undefined && now?.kind !== "link",
    lines_added: added,
    lines_removed: removed,
    standing: standing.kind,
    conflict: standing.kind === "conflict" ? standing.why : null,
    held_back: held ?? null,
  }
}

function skippedJson({ path, why }: SkippedEntry) {
  return { path: textOf(path), why }
}
