// Pi's command line, as tried on the pinned version.

import type { HarnessSession } from "../provider.ts"

export function piArgs({ prompt, opening, continues, needed, own }: HarnessSession): readonly string[] {
  return [
    ...(continues ? ["--continue"] : []),
    ...needed,
    ...own,
    ...(prompt === undefined ? (opening === undefined ? [] : [asMessage(opening)]) : ["-p", asMessage(prompt)]),
  ]
}

const WITHOUT_TERMINAL: readonly string[] = ["-p", "--print", "-v", "--version", "-h", "--help", "--list-models"]

export function piRunsWithoutTerminal(own: readonly string[]): boolean {
  return own.some((word, index) => WITHOUT_TERMINAL.includes(word) || (own[index - 1] === "--mode" && word !== "text"))
}

/** Pi knows no `--`: what begins with "-" is an option to it, and with "@" a file. A space before it says that it is neither. */
function asMessage(prompt: string): string {
  return /^[-@]/.test(prompt) ? ` ${prompt}` : prompt
}
