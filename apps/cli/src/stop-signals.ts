// The signals that ask this process to end its run, as an AbortSignal. They are caught from before
// anything is started until everything is down.

import { isatty } from "node:tty"
import { StopRequest } from "@bot-bottle/control"
import { onEndingSignal } from "./ending-signals.ts"

export function listenForStop(): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController()
  const listener = onEndingSignal((name, number) => controller.abort(new StopRequest(name, 128 + number)))
  process.on("uncaughtException", passClosedTerminal)
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      process.off("uncaughtException", passClosedTerminal)
      listener[Symbol.dispose]()
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

/** `isTTY` is from the start; isatty(3) asks now, and a terminal that hung up is not one. */
function isTerminalClosed(): boolean {
  return process.stdin.isTTY === true && !isatty(0)
}
