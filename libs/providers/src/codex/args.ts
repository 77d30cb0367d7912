// Codex's command line, as tried on the pinned version. A prompt at the terminal, a prompt without
// one and each kind of continuing are subcommands of their own.

import type { HarnessSession } from "../provider.ts"

/** The bottle isolates: Codex's own sandbox would only fail inside it. */
const BYPASS = ["--dangerously-bypass-approvals-and-sandbox"] as const
/** It also works in folders outside Git. */
const STARTUP = ["--skip-git-repo-check"] as const

const EXEC: readonly string[] = ["exec", "e"]
const WITHOUT_TERMINAL: readonly string[] = [...EXEC, "-V", "--version", "-h", "--help"]

/** Only the first word counts: `exec` may also stand in a prompt. */
export function codexRunsWithoutTerminal([word = ""]: readonly string[]): boolean {
  return WITHOUT_TERMINAL.includes(word)
}

export function codexArgs({ prompt, opening, continues, needed, own }: HarnessSession): readonly string[] {
  // By the operator's own word: our options are then those of `exec`.
  const [word = "", ...rest] = own
  if (prompt === undefined && !continues && EXEC.includes(word)) {
    return [word, ...BYPASS, ...STARTUP, ...needed, ...rest]
  }
  // A person may continue a run that began headless: without this flag Codex does not find it.
  if (prompt === undefined) {
    const resume = continues ? ["resume", "--last", "--include-non-interactive"] : []
    return [...resume, ...BYPASS, ...needed, ...own, ...(opening === undefined ? [] : ["--", opening])]
  }
  // `exec` knows options that `exec resume` does not, so the operator's own stand before it.
  const exec = ["exec", ...BYPASS, ...STARTUP, ...needed, ...own]
  // Always `--`: a prompt may begin with "-", be called like a subcommand, or follow an option that takes a list.
  return [...exec, ...(continues ? ["resume", "--last"] : []), "--", prompt]
}
