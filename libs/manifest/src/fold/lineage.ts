// Puts bottles in the order in which they are folded: ancestors before the bottle that
// extends them, left to right, each once.
//
// Once, at its first place, is what makes a diamond harmless: a shared ancestor folded again
// would undo what its first child said.

import type { BottleLayer, BottleResult } from "../bottle.ts"
import type { ManifestProblem } from "../manifest.ts"
import { quoted } from "../problem.ts"
import { findNearestWord } from "../yaml/nearest-word.ts"

export interface Lineage {
  /** Earliest folded first; the last named bottle is last unless another extends it. */
  readonly layers: readonly BottleLayer[]
  /** Nearest first: by generation, and within one the later folded first. Without the named ones. */
  readonly ancestors: readonly string[]
}

export type LineageResult =
  | { readonly outcome: "resolved"; readonly lineage: Lineage }
  | { readonly outcome: "broken"; readonly problems: readonly ManifestProblem[] }

export interface BottleShelf {
  readonly names: readonly string[]
  /** Undefined when there is no such bottle. */
  find(name: string): BottleResult | undefined
}

/** `names` must exist on the shelf. */
export function resolveLineage(names: readonly string[], shelf: BottleShelf): LineageResult {
  const folded = new Map<string, BottleLayer>()
  const problems: ManifestProblem[] = []
  for (const name of names) {
    if (problems.length === 0) fold(name, [])
  }
  if (problems.length > 0) return { outcome: "broken", problems }
  return { outcome: "resolved", lineage: { layers: [...folded.values()], ancestors: rankAncestors(names, folded) } }

  function fold(name: string, chain: readonly string[]): void {
    if (folded.has(name)) return
    const result = shelf.find(name)
    if (!result) throw new RangeError(`no bottle '${name}'`)
    if (result.outcome === "broken") {
      problems.push(...result.problems)
      return
    }
    const path = [...chain, name]
    for (const { value: parent, origin } of result.layer.extends?.value ?? []) {
      const problem = findParentProblem(parent, path, shelf.names)
      if (problem) problems.push({ ...origin, ...problem })
      else fold(parent, path)
    }
    folded.set(name, result.layer)
  }
}

function findParentProblem(
  parent: string,
  path: readonly string[],
  existing: readonly string[],
): Pick<ManifestProblem, "message" | "hint"> | undefined {
  const child = path.at(-1) ?? ""
  if (parent === child) return { message: `bottle '${child}' extends itself` }
  const from = path.indexOf(parent)
  if (from !== -1)
    return { message: `bottles extend each other in a circle: ${[...path.slice(from), parent].join(" -> ")}` }
  if (existing.includes(parent)) return undefined
  const nearest = findNearestWord(parent, existing)
  const suggestion = nearest === undefined ? "" : `; did you mean '${nearest}'?`
  const message = `bottle '${child}' extends ${quoted(parent)}, which does not exist${suggestion}`
  return { message, hint: `bottles that exist: ${existing.join(", ")}` }
}

function rankAncestors(names: readonly string[], layers: ReadonlyMap<string, BottleLayer>): readonly string[] {
  const ranked = new Set<string>(names)
  let generation = names.toReversed()
  while (generation.length > 0) {
    const parents = generation.flatMap(
      (name) =>
        layers
          .get(name)
          ?.extends?.value.map(({ value }) => value)
          .reverse() ?? [],
    )
    generation = [...new Set(parents)].filter((name) => !ranked.has(name))
    for (const name of generation) ranked.add(name)
  }
  return [...ranked].slice(new Set(names).size)
}
