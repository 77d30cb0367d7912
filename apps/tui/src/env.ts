// The environment of the screen's process, read here and nowhere else.

/** The facts about the terminal that OpenTUI may know. */
export function readTerminalEnvironment(): Readonly<Record<string, string>> {
  const names = [
    "COLORTERM",
    "TERM_PROGRAM",
    "TERM_PROGRAM_VERSION",
    "TMUX",
    "STY",
    "COLORFGBG",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
  ]
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  )
}
