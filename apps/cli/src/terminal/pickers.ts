// The questions `start` asks a person, in clack's clothes. Every one may be left with Esc or
// Ctrl-C, and answers `undefined` then.

import type { Key } from "node:readline"
import {
  autocomplete,
  type CANCEL_SYMBOL,
  cancel,
  confirm,
  intro,
  isCancel,
  note,
  password,
  select,
  selectKey,
  text,
} from "@clack/prompts"

const CANCELLED = Symbol("the question was withdrawn")

export interface PickOption {
  readonly value: string
  readonly label: string
  readonly hint?: string
}

export function greet(title: string): void {
  intro(title)
}

export function sayCancelled(): void {
  cancel("Cancelled. Nothing was started.")
}

export function showPanel(title: string, lines: readonly string[]): void {
  note(lines.join("\n"), title, { format: (line: string) => line })
}

export async function pickOne(message: string, options: readonly PickOption[]): Promise<string | undefined> {
  using _ = keepOpen()
  return answered(await autocomplete({ message, options: [...options], placeholder: "type to filter", maxItems: 10 }))
}

/** A few options, in their order, without a filter. */
export async function pickFrom(message: string, options: readonly PickOption[]): Promise<string | undefined> {
  using _ = keepOpen()
  return answered(await select({ message, options: [...options] }))
}

/** One key; Enter means the first option. Undefined after Esc, Ctrl-C and when `signal` is aborted. */
export async function askKey(
  message: string,
  options: readonly PickOption[],
  signal: AbortSignal,
): Promise<string | undefined> {
  using _ = keepOpen()
  const answer = await unlessAborted(selectKey({ message, options: [...options] }), signal)
  if (isCancel(answer)) eraseAnswer()
  if (isLeft(answer)) return undefined
  // Enter without a key leaves clack's answer empty.
  return (answer as string | undefined) ?? options[0]?.value
}

/**
 * Never echoed. `check` returns the problem of an answer, which is then asked for again. Aborting `signal` leaves the
 * question, as Esc does.
 */
export async function askHidden(
  message: string,
  { check, signal }: { readonly check: (answer: string) => string | undefined; readonly signal: AbortSignal },
): Promise<string | undefined> {
  using _ = keepOpen()
  const validate = (value: string | undefined) => check(value ?? "")
  return answered(await unlessAborted(password({ message, validate }), signal))
}

/** One line that is not empty. */
export async function askText(message: string): Promise<string | undefined> {
  const validate = (value: string | undefined) =>
    (value ?? "").trim() === "" ? "Type something, or leave with Esc." : undefined
  using _ = keepOpen()
  return answered(await text({ message, validate }))?.trim()
}

export async function askYesNo(message: string): Promise<boolean | undefined> {
  using _ = keepOpen()
  const answer = await confirm({ message, initialValue: false, active: "yes", inactive: "no" })
  if (isCancel(answer)) eraseAnswer()
  return answered(answer)
}

/** Clack leaves an option on the screen, as if it had been chosen. */
function eraseAnswer(): void {
  process.stdout.write("\x1b[2A\x1b[J")
}

/**
 * A question does not go to the background: Ctrl-Z leaves it open. Readline would turn raw mode off, stop the process and
 * not read again once it continues; a key that comes in between would be read as a line.
 */
function keepOpen(): Disposable {
  const { stdin } = process
  const unbind = (_text: string | undefined, key: Key) => {
    if (key.ctrl === true && key.name === "z") key.name = "unbound"
  }
  // Before readline's own listener, which reads the same object.
  stdin.prependListener("keypress", unbind)
  const stay = () => {}
  process.on("SIGTSTP", stay)
  return {
    [Symbol.dispose]() {
      stdin.off("keypress", unbind)
      process.off("SIGTSTP", stay)
    },
  }
}

/** Clack's own way out restores the terminal first, which fails on a closed one: then its answer never comes. */
function unlessAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T | typeof CANCELLED> {
  if (signal.aborted) return Promise.resolve(CANCELLED)
  const aborted = Promise.withResolvers<typeof CANCELLED>()
  const onAbort = () => aborted.resolve(CANCELLED)
  signal.addEventListener("abort", onAbort, { once: true })
  return Promise.race([answer, aborted.promise]).finally(() => signal.removeEventListener("abort", onAbort))
}

function answered<T>(answer: T | typeof CANCEL_SYMBOL | typeof CANCELLED): T | undefined {
  return isLeft(answer) ? undefined : answer
}

function isLeft(answer: unknown): answer is typeof CANCEL_SYMBOL | typeof CANCELLED {
  return answer === CANCELLED || isCancel(answer)
}
