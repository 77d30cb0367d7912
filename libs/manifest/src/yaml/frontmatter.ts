// Splits a manifest into its YAML frontmatter and its Markdown body.
//
// A file without frontmatter is refused, not read as all body: a blank line too many at the
// top would otherwise turn a budget into prose.

import type { ManifestProblem } from "../manifest.ts"

export type FrontmatterResult =
  | {
      readonly outcome: "parsed"
      readonly yaml: string
      /** Of the file, where `yaml` begins. */
      readonly firstLine: number
      /** Without the blank lines around it. */
      readonly body: string
    }
  | { readonly outcome: "broken"; readonly problems: readonly ManifestProblem[] }

const FENCE = /^---[ \t]*$/

export function splitFrontmatter(text: string, file: string): FrontmatterResult {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/)
  if (!FENCE.test(lines[0] ?? "")) {
    return broken(
      file,
      "does not start with frontmatter",
      "the first line is '---', then 'key: value' lines, then '---'",
    )
  }
  const end = lines.findIndex((line, index) => index > 0 && FENCE.test(line))
  if (end === -1) return broken(file, "frontmatter is not closed", "end the 'key: value' lines with a line '---'")
  return {
    outcome: "parsed",
    yaml: lines.slice(1, end).join("\n"),
    firstLine: 2,
    body: lines
      .slice(end + 1)
      .join("\n")
      .trim(),
  }
}

function broken(file: string, message: string, hint: string): FrontmatterResult {
  return { outcome: "broken", problems: [{ file, line: 1, message, hint }] }
}
