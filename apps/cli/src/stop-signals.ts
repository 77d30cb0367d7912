// The signals that ask this process to end its run, as an AbortSignal. They are heard from before
// anything is started until everything is down.

import { isatty } from "node:tty"
import { StopRequest } from "@bot-bottle/control"

const STOP_SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const

export function listenForStop(): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController()
  const handlers = Object.entries(STOP_SIGNALS).map(([name, number]) => {
    const onSignal = () => controller.abort(new StopRequest(name, 128 + number))
    process.on(name, onSignal)
    return () => process.off(name, onSignal)
  })
  process.on("uncaughtException", passClosedTerminal)
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      process.off("uncaughtException", passClosedTerminal)
      for (const remove of handlers) remove()
    },
  }
}

/**
 * Libraries restore the terminal that they hold in raw mode. On a closed one that fails, in a callback that nobody can
 * catch: it must not end this process before its run is down.
 */
function passClosedTerminal(error: Error): void {
  if (!isTerminalClosed()) throw error
}

/** `isTTY` is from the start; isatty(3) asks now, and a terminal that hung up is none. */
function isTerminalClosed(): boolean {
  return process.stdin.isTTY === true && !isatty(0)
}
