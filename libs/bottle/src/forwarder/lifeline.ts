// What the launcher and the forwarder say to each other, over a socket made for the two.
//
// The launcher's end closes with the launcher, however it dies; the forwarder ends when it
// does. That covers the moment in which bubblewrap's own --die-with-parent is not yet armed.
//
//   INV-73  Nothing the guest says is believed once the agent runs: only `up`, and only before
//           the launcher's `start`.

export const LIFELINE_FD = 3

/** Launcher to forwarder, one JSON line each. */
export type LauncherOrder =
  | {
      readonly kind: "start"
      readonly argv: readonly string[]
      readonly env: Readonly<Record<string, string>>
      readonly cwd: string
      /** prlimit(1) arguments; hard limits of the agent and all it starts. */
      readonly rlimits: readonly string[]
      readonly egressSocket: string
      /** How long the socket may take to accept; the proxy starts while the bottle does. */
      readonly egressPatienceMs: number
      readonly proxyPort: number
      /** Gives the agent a terminal of its own, inside the bottle. */
      readonly terminal?: TerminalSize
    }
  | { readonly kind: "resize"; readonly size: TerminalSize }
  | { readonly kind: "signal"; readonly signal: AgentSignal }

export interface TerminalSize {
  readonly columns: number
  readonly rows: number
}

export type AgentSignal = "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGQUIT"

/** The forwarder's only word: the bottle stands, the agent may be started. */
export const UP = "up\n"

/** The forwarder's own exit codes; all others are the agent's. */
export const FORWARDER_EXIT = {
  /** The proxy's socket did not accept, or the launcher is gone. */
  noEgress: 70,
  agentNotExecutable: 126,
  agentNotFound: 127,
} as const
