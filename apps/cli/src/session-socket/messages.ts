// What the launcher of a run and an operator's other commands say to each other over the run's
// session socket: one JSON line each, bytes in base64.
//
// Both ends are the operator's own programs, perhaps of different builds: a line that this build
// does not know is no message.

import type { AgentSignal, OutputStream, TerminalSize } from "@bot-bottle/guest"

/** The first message says what the connection is for. */
export type ClientMessage =
  | { readonly kind: "attach"; readonly terminal?: TerminalSize }
  | {
      readonly kind: "exec"
      readonly argv: readonly string[]
      readonly env: Readonly<Record<string, string>>
      readonly terminal?: TerminalSize
    }
  /** Empty closes the stdin of a command. */
  | { readonly kind: "input"; readonly data: string }
  /** So many bytes of a command's output have been passed on. */
  | { readonly kind: "took"; readonly bytes: number }
  | { readonly kind: "resize"; readonly size: TerminalSize }
  | { readonly kind: "redraw" }
  | { readonly kind: "signal"; readonly signal: AgentSignal }

export type LauncherMessage =
  | { readonly kind: "refused"; readonly message: string; readonly hint: string }
  | { readonly kind: "joined"; readonly as: "terminal" | "output" }
  | { readonly kind: "output"; readonly stream: OutputStream; readonly data: string }
  /** So many bytes of a command's input have been taken. */
  | { readonly kind: "taken"; readonly bytes: number }
  /** Output that came faster than it was read. */
  | { readonly kind: "skipped"; readonly bytes: number }
  /** Another terminal has joined. */
  | { readonly kind: "replaced" }
  /** The run is over; `lines` say how and how to go on. */
  | { readonly kind: "ended"; readonly exitCode: number; readonly lines: readonly string[] }
  /** The command is over. */
  | { readonly kind: "exited"; readonly exitCode: number }

export const SESSION_SOCKET = "session.sock"
/** A command line may be long. */
export const MESSAGE_MAX = 4 * 1024 * 1024

export function parseMessage<Message extends { readonly kind: string }>(line: string): Message | undefined {
  try {
    const message: unknown = JSON.parse(line)
    if (typeof message !== "object" || message === null) return undefined
    return "kind" in message && typeof message.kind === "string" ? (message as Message) : undefined
  } catch {
    // Not JSON: not a message.
    return undefined
  }
}
