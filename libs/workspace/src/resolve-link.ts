// Where a link of a workspace would lead in the original folder, links on the way followed as
// the kernel does. Pure: by the names that a survey found, and nothing is opened.

import { type BytePath, joinPath, namesOf, parentOf } from "@bot-bottle/kernel"
import type { Survey } from "./survey.ts"

/** Of links followed for one; the kernel's own. */
const MAX_FOLLOWED = 40

export interface Resolved {
  /** Every place on the way that a link ended at, the last one last. */
  readonly through: readonly BytePath[]
}

/** Undefined when it leads out of the folder, or nowhere: round and round. */
export function resolveLink({ entries }: Survey, from: BytePath, target: BytePath): Resolved | undefined {
  const through: BytePath[] = []
  let at = parentOf(from)
  let rest = namesOf(target)
  let followed = 0
  if (target.startsWith("/")) return undefined
  while (rest.length > 0) {
    const [name = "", ...others] = rest
    rest = others
    if (name === "" || name === ".") continue
    if (name === "..") {
      if (at === "") return undefined
      at = parentOf(at)
      continue
    }
    const next = joinPath(at, name as BytePath)
    const entry = entries.get(next)
    if (entry?.kind !== "link") {
      at = next
      continue
    }
    followed += 1
    if (followed > MAX_FOLLOWED || entry.target.startsWith("/")) return undefined
    through.push(next)
    rest = [...namesOf(entry.target), ...rest]
  }
  return { through: [...through, at] }
}
