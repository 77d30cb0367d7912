// A terminal as processes describe it to each other.

export interface TerminalSize {
  readonly columns: number
  readonly rows: number
}

/** A larger size would only cost the receiver memory: a terminal emulator keeps every cell. */
export const MAX_TERMINAL_SIZE: TerminalSize = { columns: 1_000, rows: 1_000 }

/** The nearest size that a message may carry. Some terminals report 0. */
export function boundTerminalSize({ columns, rows }: TerminalSize): TerminalSize {
  const bound = (cells: number, max: number) => Math.min(Math.max(Math.trunc(cells) || 1, 1), max)
  return { columns: bound(columns, MAX_TERMINAL_SIZE.columns), rows: bound(rows, MAX_TERMINAL_SIZE.rows) }
}

export type OutputStream = "stdout" | "stderr"

export const AGENT_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const
export type AgentSignal = (typeof AGENT_SIGNALS)[number]

/** The variables by which a program knows the operator's terminal, for one that gets a terminal of its own. */
export function terminalVariables(find: (name: string) => string | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(
    ["TERM", "COLORTERM"].flatMap((name) => {
      const value = find(name)
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
