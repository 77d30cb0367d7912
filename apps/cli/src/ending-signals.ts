// The signals that ask this process to end, and when the first one came.

import { READER_GONE_EXIT_CODE } from "@bot-bottle/kernel"

const ENDING_SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const

type Take = (name: string, number: number) => void

const takers = new Set<Take>()
const first = Promise.withResolvers<void>()

/** For the end of the process: somebody waits for it, and not for the rest of its output. */
export const askedToEnd: Promise<void> = first.promise

let isReaderGone = false

/** As a program that SIGPIPE ends, when the reader left before it had ended. */
export function exitCodeFor(exitCode: number): number {
  return isReaderGone ? READER_GONE_EXIT_CODE : exitCode
}

/** The reader of our output has left: as SIGPIPE, for those who end something in order. False when there are none. */
export function endForGoneReader(): boolean {
  isReaderGone = true
  first.resolve()
  for (const take of takers) take("the end of its reader", 13)
  return takers.size > 0
}

export function onEndingSignal(take: Take): Disposable {
  takers.add(take)
  const handlers = Object.entries(ENDING_SIGNALS).map(([name, number]) => {
    const onSignal = () => {
      first.resolve()
      take(name, number)
    }
    process.on(name, onSignal)
    return () => process.off(name, onSignal)
  })
  return {
    [Symbol.dispose]() {
      takers.delete(take)
      for (const remove of handlers) remove()
    },
  }
}
