// The operator's terminal while an agent is in front of it: raw, and put back afterwards.
//
// The agent never gets the terminal itself, only bytes to and from a PTY inside its bottle,
// so no ioctl of its can reach here.
//
//   The terminal leaves raw mode however the launcher ends, short of SIGKILL.

import { boundTerminalSize, type TerminalSize } from "@bot-bottle/contracts"
import { enterRawMode } from "./raw-mode.ts"

export interface OperatorTerminal {
  close(ending: { readonly killed: boolean }): void
}

export interface OperatorTerminalEvents {
  onInput(bytes: Uint8Array): void
  onResize(size: TerminalSize): void
  /** A signal asks the launcher to end; SIGHUP also when the program has died that lent it the terminal. */
  onHangUp(signal: NodeJS.Signals): void
}

/** The shell, or the dashboard. */
const LENDER = process.ppid
const LENDER_POLL_MS = 500

const ENDING_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const

// Undoes the modes that a killed full-screen agent, or a hostile one, leaves behind. First it ends
// a sequence that was begun and not ended: that would swallow the rest.
export const RESET_TERMINAL = [
  "\x18",
  // Alternate screen, mouse reports in all their forms, bracketed paste, focus reports, held-back drawing.
  ...[1049, 1000, 1002, 1003, 1005, 1006, 1015, 1016, 2004, 1004, 2026].map((mode) => `\x1b[?${mode}l`),
  // Keyboard protocols, keys as the application would have them, insert mode, reverse screen.
  ...["\x1b[<16u", "\x1b[>4m", "\x1b[?1l", "\x1b>", "\x1b[4l", "\x1b[?5l"],
  // Plain letters, lines that wrap, all lines that scroll (which moves the cursor), a cursor of its usual look.
  ...["\x0f\x1b(B", "\x1b[?7h", "\x1b7\x1b[r\x1b8", "\x1b[0 q", "\x1b[?25h", "\x1b[0m"],
].join("")

export function openOperatorTerminal(events: OperatorTerminalEvents): OperatorTerminal {
  const { stdin, stdout } = process
  const onInput = (bytes: Uint8Array) => events.onInput(bytes)
  const onResize = () => events.onResize(operatorTerminalSize())
  const onHangUp = (signal: NodeJS.Signals) => events.onHangUp(signal)
  const restore = enterRawMode(stdin.fd)

  stdin.on("data", onInput)
  stdin.resume()
  stdout.on("resize", onResize)
  process.on("exit", restore)
  for (const signal of ENDING_SIGNALS) process.on(signal, onHangUp)

  // A killed lender sends no signal, and the shell has the terminal again.
  const watch = setInterval(() => {
    if (process.ppid === LENDER) return
    clearInterval(watch)
    onHangUp("SIGHUP")
  }, LENDER_POLL_MS)

  let open = true
  return {
    close({ killed }) {
      if (!open) return
      open = false
      clearInterval(watch)
      stdin.off("data", onInput)
      stdin.pause()
      stdout.off("resize", onResize)
      process.off("exit", restore)
      for (const signal of ENDING_SIGNALS) process.off(signal, onHangUp)
      restore()
      if (killed) stdout.write(RESET_TERMINAL)
    },
  }
}

export function operatorTerminalSize(): TerminalSize {
  // Some terminals report 0, which no program can draw on.
  return boundTerminalSize({ columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 })
}
