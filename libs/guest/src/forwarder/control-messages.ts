// The messages of the launcher and the forwarder, over a socket made for the two.
//
// The launcher's end closes with the launcher, however it dies, and then the forwarder ends. That
// covers the moment before bubblewrap's own --die-with-parent takes effect.
//
// Types come from libs/contracts, which the guest cannot load; its values have copies here, and a
// test compares them.
//
//   INV-73  Nothing the guest says decides anything once the agent runs: only `up` is believed, and
//           only before the launcher's `start`. Later messages are bytes and an exit code for the
//           operator who ran a command, parsed strictly, and never more than was asked for.

import type { AgentSignal, GuestMessage, OutputStream, TerminalSize } from "@bot-bottle/contracts"
import type { SelfTestOrder } from "./self-test.ts"

export type { AgentSignal, OutputStream, TerminalSize }
export type ExecSignal = AgentSignal | "SIGKILL"

export const CONTROL_CHANNEL_FD = 3

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
      readonly egressTimeoutMs: number
      readonly proxyPort: number
      /** The way out for programs that ignore proxy variables; absent for none. */
      readonly transparent?: TransparentOrder
      /** Checks of isolation that run before the agent starts. */
      readonly selfTest?: SelfTestOrder
      /** Gives the agent a terminal of its own, inside the bottle. */
      readonly terminal?: TerminalSize
    }
  | { readonly kind: "resize"; readonly size: TerminalSize }
  | { readonly kind: "signal"; readonly signal: AgentSignal }
  | ExecOrder

export interface TransparentOrder {
  /** The proxy's own host, which knows what is listed. */
  readonly proxyHost: string
  readonly dnsPort: number
  /** Listened on from the start; others when a listed name brings them. */
  readonly ports: readonly number[]
}

/** About one command that the operator runs beside the agent. */
export type ExecOrder =
  | {
      readonly kind: "exec"
      readonly id: number
      readonly argv: readonly string[]
      /** Over the agent's own. */
      readonly env: Readonly<Record<string, string>>
      readonly terminal?: TerminalSize
    }
  /** Base64; empty closes its stdin. */
  | { readonly kind: "exec-input"; readonly id: number; readonly data: string }
  /** So many bytes more of its output may be sent. */
  | { readonly kind: "exec-room"; readonly id: number; readonly bytes: number }
  | { readonly kind: "exec-resize"; readonly id: number; readonly size: TerminalSize }
  /** To all of it, not only its first process. */
  | { readonly kind: "exec-signal"; readonly id: number; readonly signal: ExecSignal }

/** Forwarder to launcher, one JSON line each, after `up`. */
export type { GuestMessage }

/** Bytes of one command, in one direction, that may be in flight. Neither side ever holds more. */
export const EXEC_WINDOW_BYTES = 256 * 1024
export const EXEC_CHUNK_BYTES = 32 * 1024
/** The forwarder's first message: the bottle stands, the agent may be started. */
export const UP = "up\n"

/** The forwarder's own exit codes; all others are the agent's. */
export const FORWARDER_EXIT = {
  /** The proxy's socket did not accept, or the launcher is gone. */
  noEgress: 70,
  /** A check of the self-test failed; the agent was not started. */
  isolationFailed: 71,
  agentNotExecutable: 126,
  agentNotFound: 127,
} as const
