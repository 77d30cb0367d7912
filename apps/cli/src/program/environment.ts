// Words about what every command shares: variables of the environment, and exit codes. The help
// shows the short part of them, docs/reference.md all.

import { wrapText } from "../terminal/wrap-text.ts"

export interface Variable {
  readonly name: string
  readonly meaning: string
  /** In `bot-bottle --help`. */
  readonly short?: true
}

export const VARIABLES: readonly Variable[] = [
  { name: "BOT_BOTTLE_HOME", meaning: "folder of everything it keeps (default: ~/.bot-bottle)", short: true },
  { name: "BOT_BOTTLE_DRY_RUN=1", meaning: "as --dry-run", short: true },
  { name: "NO_COLOR", meaning: "no color", short: true },
  { name: "BOT_BOTTLE_OPERATOR", meaning: "your name in the audit trail (default: $USER)" },
  { name: "BOT_BOTTLE_LEDGER", meaning: "the ledger, before settings.yml's `ledger`" },
  { name: "FORGE_GITEA_API", meaning: "the forge's API, with /api/v1" },
  { name: "FORGE_OWNER, FORGE_REPO", meaning: "the repository of `orchestrate` and `doctor --forge`" },
  { name: "FORGE_ORG", meaning: "the organization whose members may start runs" },
  {
    name: "FORGE_WATCHDOG_TIMEOUT",
    meaning: "when a silent forge run is ended, before settings.yml's `watchdog_timeout`",
  },
  { name: "VISUAL, EDITOR", meaning: "the editor of `edit`" },
  { name: "XDG_BIN_HOME", meaning: "where `npm run setup` links the command (default: ~/.local/bin)" },
]

export const EXIT_CODES: readonly (readonly [code: string, meaning: string])[] = [
  ["0", "done"],
  ["the agent's own", "`start`, `resume`, `attach` and `exec`, once the agent or the command has run"],
  ["1", "a problem to fix: an unknown agent, no budget left, a mistake in a manifest"],
  ["2", "bad usage: an unknown command or flag, flags that contradict each other, no prompt"],
  ["3", "no isolation available: nothing was started"],
  ["128 + n", "signal n ended it: 130 after Ctrl-C, 143 after SIGTERM"],
]

const EXIT_CODES_IN_SHORT =
  "Exit codes: the agent's own for start, resume and attach; otherwise 1 a problem to fix, 2 bad usage, 3 no isolation"
const HELP_WIDTH = 80

/** After the commands of `bot-bottle --help`. */
export function furtherHelp(columns: number): string {
  const shown = VARIABLES.filter(({ short }) => short === true)
  const width = Math.max(...shown.map(({ name }) => name.length))
  return [
    "",
    "Environment:",
    ...shown.flatMap(({ name, meaning }) =>
      wrapText(`  ${name.padEnd(width)}  ${meaning}`, { width: columns, hang: width + 2 }),
    ),
    "",
    ...wrapText(EXIT_CODES_IN_SHORT, { width: Math.min(columns, HELP_WIDTH), hang: 0 }),
    "",
    "Example:",
    "  bot-bottle demo",
  ].join("\n")
}
