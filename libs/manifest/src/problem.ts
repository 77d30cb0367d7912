// Says what is wrong in the operator's files, in lines they can click on.

import { homedir } from "node:os"
import { OperatorProblem } from "@bot-bottle/contracts"
import type { ManifestProblem, Origins, ResolvedValue } from "./manifest.ts"

/** `settings.yml:4: unknown key 'budgt'; did you mean 'budget'?`, without the hint. */
export function formatProblem({ file, line, message }: ManifestProblem): string {
  return `${shownPath(file)}${line === undefined ? "" : `:${line}`}: ${message}`
}

/** `~/.bot-bottle/bottles/dev.md:7` */
export function formatOrigin({ file, line }: { readonly file: string; readonly line: number }): string {
  return `${shownPath(file)}:${line}`
}

/** Where `key` of a manifest stands: its line, or the file when it stands nowhere in it. */
export function placeOfValue({ file, origins }: { readonly file: string; readonly origins: Origins }, key: string) {
  return origins[key] ?? shownPath(file)
}

/** The values that a file says, by key. */
export function originsOf(values: readonly ResolvedValue[]): Origins {
  return Object.fromEntries(values.filter(({ origin }) => origin !== "default").map(({ key, origin }) => [key, origin]))
}

/** One error that holds every problem, each on its own line. */
export function asOperatorProblem(problems: readonly ManifestProblem[]): OperatorProblem {
  const [first, ...others] = problems
  if (!first) throw new RangeError("an operator problem needs at least one problem")
  if (others.length === 0) return new OperatorProblem(formatProblem(first), first.hint ? { hint: first.hint } : {})

  const lines = problems.map((problem) => {
    const hint = problem.hint ? ` (${problem.hint})` : ""
    return `\n  ${formatProblem(problem)}${hint}`
  })
  return new OperatorProblem(`${problems.length} problems in the manifests${lines.join("")}`)
}

/** With the home folder as `~`, and nothing in it that a terminal would obey. */
export function shownPath(path: string): string {
  const home = homedir()
  const short = home !== "/" && path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path
  return escapeControls(short)
}

/** Text from a file, safe in a message: quoted, on one line, short. Never for what may be a secret. */
export function quoted(text: string): string {
  return `'${escapeControls(text.length > 80 ? `${text.slice(0, 77)}...` : text)}'`
}

function escapeControls(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0) ?? 0
    return code === 0x0a ? "\\n" : `\\u{${code.toString(16)}}`
  })
}

/** Control and format characters (bidi overrides among them), line separators, lone surrogates. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu
