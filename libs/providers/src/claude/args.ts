// Claude Code's command line, as tried on the pinned version.

import type { HarnessSession } from "../provider.ts"

/**
 * A project's settings beat those of the home, and a project that turns on Claude Code's own sandbox makes every command
 * fail here: it needs namespaces of its own. The bottle is in its place.
 */
const WITHOUT_OWN_SANDBOX = ["--settings", '{"sandbox":{"enabled":false}}']

export function claudeArgs({ prompt, opening, continues, needed, own }: HarnessSession): readonly string[] {
  return [
    "--dangerously-skip-permissions",
    ...(own.some((word) => /^--settings(?:=|$)/.test(word)) ? [] : WITHOUT_OWN_SANDBOX),
    ...(continues ? ["--continue"] : []),
    ...needed,
    ...own,
    ...(prompt === undefined ? spoken(opening) : headless(prompt)),
  ]
}

const WITHOUT_TERMINAL: readonly string[] = ["-p", "--print", "-v", "--version", "-h", "--help"]

export function claudeRunsWithoutTerminal(own: readonly string[]): boolean {
  return own.some((word) => WITHOUT_TERMINAL.includes(word))
}

/** Without the `--` a prompt such as "-n" is read as an option: "unknown option", or worse. */
function headless(prompt: string): readonly string[] {
  return prompt.startsWith("-") ? ["-p", "--", prompt] : ["-p", prompt]
}

function spoken(opening: string | undefined): readonly string[] {
  if (opening === undefined) return []
  return opening.startsWith("-") ? ["--", opening] : [opening]
}
