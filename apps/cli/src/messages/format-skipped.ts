// The entries that did not arrive in a workspace, in a few lines however many they are.

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

/** The parts of a bound folder that a bottle does not see. */
export function describeHidden(paths: readonly string[]): readonly string[] {
  const shown = paths.slice(0, SHOWN).map(showHidden).join(", ")
  const more = paths.length > SHOWN ? `, and ${paths.length - SHOWN} more` : ""
  return [`hidden in the workspace, since they may hold secrets: ${shown}${more}; --with-secrets shows them`]
}
