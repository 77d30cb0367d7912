// Claude Code's command line, as tried on the pinned version.

import type { HarnessSession } from "../provider.ts"

export function claudeArgs({ prompt, continues, needed, own }: HarnessSession): readonly string[] {
  return [
    "--dangerously-skip-permissions",
    ...(continues ? ["--continue"] : []),
    ...needed,
    ...own,
    ...(prompt === undefined ? [] : headless(prompt)),
  ]
}

/** Without the `--` a prompt such as "-n" is read as an option: "unknown option", or worse. */
function headless(prompt: string): readonly string[] {
  return prompt.startsWith("-") ? ["-p", "--", prompt] : ["-p", prompt]
}
