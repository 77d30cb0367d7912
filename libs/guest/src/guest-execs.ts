// The launcher's side of the commands that an operator runs inside a bottle: which there are, and
// how many bytes of each may be under way.
//
// The guest is held to what it was given room for; one that sends more, or speaks of a command
// that is not there, is not listened to any more.

import {
  EXEC_CHUNK_BYTES,
  EXEC_WINDOW_BYTES,
  type ExecOrder,
  type ExecSignal,
  type GuestMessage,
  type OutputStream,
  type TerminalSize,
} from "./forwarder/control-messages.ts"

export interface ExecCommand {
  readonly argv: readonly string[]
  /** Over the agent's own. */
  readonly env: Readonly<Record<string, string>>
  /** Gives the command a terminal of its own. */
  readonly terminal?: TerminalSize
}

export interface ExecEvents {
  /** Call `took` when the bytes have been passed on: at most one window of them arrives before that. */
  onOutput(stream: OutputStream, bytes: Uint8Array): void
  /** So many bytes of `input` have been taken. */
  onInputTaken(bytes: number): void
  /** Last, and once. */
  onExit(exitCode: number): void
}

export interface GuestExec {
  /** At most a window of bytes may be under way. */
  input(bytes: Uint8Array): void
  closeInput(): void
  took(bytes: number): void
  resize(size: TerminalSize): void
  signal(name: ExecSignal): void
}

export interface GuestExecs {
  /** Undefined when too many run already, or the bottle has ended. */
  open(command: ExecCommand, events: ExecEvents): GuestExec | undefined
  onMessage(message: Exclude<GuestMessage, { kind: "self-test" | "started" }>): "accepted" | "untrusted"
  /** Every command is over: with the bottle, or with what can be believed of it. */
  end(): void
}

const EXECS_MAX = 32
/** As a command that was killed. */
const ENDED_EXIT_CODE = 137

interface Running {
  readonly events: ExecEvents
  outputUnderWay: number
  inputUnderWay: number
}

export function createGuestExecs(order: (order: ExecOrder) => void): GuestExecs {
  const running = new Map<number, Running>()
  let nextId = 1
  let isOver = false

  return {
    open({ argv, env, terminal }, events) {
      if (isOver || running.size >= EXECS_MAX) return undefined
      const id = nextId++
      const entry: Running = { events, outputUnderWay: 0, inputUnderWay: 0 }
      running.set(id, entry)
      order({ kind: "exec", id, argv, env, ...(terminal === undefined ? {} : { terminal }) })
      return {
        input(bytes) {
          entry.inputUnderWay += bytes.byteLength
          for (let from = 0; from < bytes.byteLength; from += EXEC_CHUNK_BYTES) {
            const piece = bytes.subarray(from, from + EXEC_CHUNK_BYTES)
            order({ kind: "exec-input", id, data: Buffer.from(piece).toString("base64") })
          }
        },
        closeInput: () => order({ kind: "exec-input", id, data: "" }),
        took(bytes) {
          entry.outputUnderWay -= bytes
          order({ kind: "exec-room", id, bytes })
        },
        resize: (size) => order({ kind: "exec-resize", id, size }),
        signal: (signal) => order({ kind: "exec-signal", id, signal }),
      }
    },
    onMessage(message) {
      const entry = running.get(message.id)
      if (entry === undefined) return "untrusted"
      switch (message.kind) {
        case "exec-output": {
          const bytes = Buffer.from(message.data, "base64")
          entry.outputUnderWay += bytes.byteLength
          if (entry.outputUnderWay > EXEC_WINDOW_BYTES) return "untrusted"
          entry.events.onOutput(message.stream, bytes)
          return "accepted"
        }
        case "exec-room":
          entry.inputUnderWay -= message.bytes
          if (entry.inputUnderWay < 0) return "untrusted"
          entry.events.onInputTaken(message.bytes)
          return "accepted"
        case "exec-exit":
          running.delete(message.id)
          entry.events.onExit(message.exitCode)
          return "accepted"
      }
    },
    end() {
      isOver = true
      const entries = [...running.values()]
      running.clear()
      for (const { events } of entries) events.onExit(ENDED_EXIT_CODE)
    },
  }
}
