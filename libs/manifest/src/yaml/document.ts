// One file through one reader, with every problem it has.

import type { ManifestProblem } from "../manifest.ts"
import type { Reader } from "./fields.ts"
import { inLineOrder, parseYaml } from "./yaml-text.ts"

export type ReadResult<T> =
  | { readonly outcome: "read"; readonly value: T }
  | { readonly outcome: "broken"; readonly problems: readonly ManifestProblem[] }

/** A whole file through one reader. With a single problem there is no value. */
export function readDocument<T>(
  { text, file, firstLine }: { readonly text: string; readonly file: string; readonly firstLine: number },
  reader: Reader<T>,
): ReadResult<T> {
  const tree = parseYaml(text, file, firstLine)
  if (tree.outcome === "broken") return tree
  const problems: ManifestProblem[] = []
  const value = reader(tree.mapping, {
    file,
    path: "",
    report: (line, message, hint) => problems.push({ file, line, message, ...(hint && { hint }) }),
  })
  if (value !== undefined && problems.length === 0) return { outcome: "read", value }
  return { outcome: "broken", problems: inLineOrder(problems) }
}
