// The operator's terminal while an agent is in front of it: raw, and put back afterwards.
//
// The agent never gets the terminal itself, only bytes to and from a PTY inside its bottle,
// so no ioctl of its can reach here.
//
//   INV-76  Whatever ends the launcher short of SIGKILL, the terminal leaves raw mode.

import type { TerminalSize } from "../forwarder/lifeline.ts"
import { enterRawMode } from "./raw-mode.ts"

export interface OperatorTerminal {
  close(ending: { readonly killed: boolean }): void
}

export interface OperatorTerminalEvents {
  onInput(bytes: Uint8Array): void
  onResize(size: TerminalSize): void
  /** A signal asks the launcher to end. */
  onHangUp(): void
}

const ENDING_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const

// What a full-screen agent that was killed could not undo: alternate screen, mouse reports,
// bracketed paste, focus reports, keyboard protocol, hidden cursor, colours.
const RESET = "\x1b[?1049l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?1004l\x1b[<u\x1b[?25h\x1b[0m"

export function openOperatorTerminal(events: OperatorTerminalEvents): OperatorTerminal {
  const { stdin, stdout } = process
  const onInput = (bytes: Uint8Array) => events.onInput(bytes)
  const onResize = () => events.onResize(operatorTerminalSize())
  const onHangUp = () => events.onHangUp()
  const restore = enterRawMode(stdin.fd)

  stdin.on("data", onInput)
  stdin.resume()
  stdout.on("resize", onResize)
  process.on("exit", restore)
  for (const signal of ENDING_SIGNALS) process.on(signal, onHangUp)

  let open = true
  return {
    close({ killed }) {
      if (!open) return
      open = false
      stdin.off("data", onInput)
      stdin.pause()
      stdout.off("resize", onResize)
      process.off("exit", restore)
      for (const signal of ENDING_SIGNALS) process.off(signal, onHangUp)
      restore()
      if (killed) stdout.write(RESET)
    },
  }
}

export function operatorTerminalSize(): TerminalSize {
  return { columns: process.stdout.columns ?? 80, rows: process.stdout.rows ?? 24 }
}
