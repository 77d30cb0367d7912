// What did not arrive in a workspace, said in a few lines however much it is.

import { showHidden } from "@bot-bottle/contracts"
import { textOf } from "@bot-bottle/kernel"
import type { SkippedEntry } from "@bot-bottle/workspace"

const SHOWN = 5

export function describeSkipped(skipped: readonly SkippedEntry[]): readonly string[] {
  const lines = skipped
    .slice(0, SHOWN)
    .map(({ path, why }) => `not in the workspace: ${showHidden(textOf(path))}: ${why}`)
  const more = skipped.length - lines.length
  return more === 0 ? lines : [...lines, `not in the workspace: ${more} more`]
}
