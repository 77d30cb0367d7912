// Gives the operator's terminal back, whatever became of the screen that had it: killed, crashed,
// or gone with questions to the terminal still unanswered.
//
// A late answer would be typed into the shell. So the terminal is asked one more question in raw
// mode, and what it sends is thrown away up to the answer to that one: it answers in order.

import { closeSync, constants, openSync, readlinkSync, readSync, writeSync } from "node:fs"
import { keepTerminalMode, RESET_TERMINAL } from "@bot-bottle/bottle"

export interface TerminalKeeper {
  /**
   * Throws away what the terminal still sends, resets it, and restores its mode. Says whether a Ctrl-C was thrown away
   * with it: raw mode sends no signal for one.
   */
  restore(): Promise<{ readonly isInterrupted: boolean }>
  /** Returns when a line was entered, when there will be none, or when the signal aborts. */
  untilEnter(signal: AbortSignal): Promise<void>
}

const STATUS_QUESTION = "\x1b[5n"
const STATUS_ANSWER = "\x1b[0n"
const CTRL_C = "\x03"
/** A terminal far away that has not answered anything yet. */
const FIRST_TIMEOUT_MS = 2_000
const TIMEOUT_MS = 300
const POLL_MS = 5
/**
 * The cursor's place first: off the alternate screen, its end would move the cursor to where it was when that one
 * began. Then the modes that the screen's library turns on beside those that every agent's end resets.
 */
const RESET_SCREEN = `\x18\x1b7${RESET_TERMINAL}\x1b[?2027l\x1b[?2031l`
const PUSH_TITLE = "\x1b[22;2t"
const POP_TITLE = "\x1b[23;2t"

/** Throws when stdin is not a terminal. Keeps its mode as it is now. */
export function keepTerminal(): TerminalKeeper {
  const mode = keepTerminalMode(0)
  const path = readlinkSync("/proc/self/fd/0")
  let hasAnswered = false
  writeSync(1, PUSH_TITLE)

  return {
    async restore() {
      mode.enterRaw()
      const terminal = openWithoutWaiting(path)
      writeSync(1, STATUS_QUESTION)
      const { isAnswered, isInterrupted } = await drain(terminal, hasAnswered ? TIMEOUT_MS : FIRST_TIMEOUT_MS)
      hasAnswered ||= isAnswered
      closeSync(terminal)
      writeSync(1, RESET_SCREEN)
      writeSync(1, POP_TITLE)
      writeSync(1, PUSH_TITLE)
      mode.restore()
      return { isInterrupted }
    },
    async untilEnter(signal) {
      const terminal = openWithoutWaiting(path)
      try {
        while (!signal.aborted) {
          const text = readSome(terminal)
          if (text === undefined || text.includes("\n")) return
          await Bun.sleep(20)
        }
      } finally {
        closeSync(terminal)
      }
    },
  }
}

/** A description of its own: that reads do not wait must not change what others do with stdin. */
function openWithoutWaiting(path: string): number {
  return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
}

interface Drained {
  readonly isAnswered: boolean
  readonly isInterrupted: boolean
}

async function drain(terminal: number, timeoutMs: number): Promise<Drained> {
  const deadline = performance.now() + timeoutMs
  let tail = ""
  let isInterrupted = false
  while (performance.now() < deadline) {
    const text = readSome(terminal)
    if (text === undefined) return { isAnswered: false, isInterrupted }
    isInterrupted ||= text.includes(CTRL_C)
    tail = (tail + text).slice(-64)
    if (tail.includes(STATUS_ANSWER)) return { isAnswered: true, isInterrupted }
    if (text === "") await Bun.sleep(POLL_MS)
  }
  return { isAnswered: false, isInterrupted }
}

/** `""` when there is nothing now, undefined when the terminal is gone. */
function readSome(terminal: number): string | undefined {
  const bytes = new Uint8Array(4_096)
  try {
    const count = readSync(terminal, bytes)
    return count === 0 ? undefined : new TextDecoder("latin1").decode(bytes.subarray(0, count))
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EAGAIN" ? "" : undefined
  }
}
