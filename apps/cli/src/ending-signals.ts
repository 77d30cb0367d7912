// The signals that ask this process to end, and when the first one came.

const ENDING_SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const

type Take = (name: string, number: number) => void

const takers = new Set<Take>()
const first = Promise.withResolvers<void>()

/** For the end of the process: somebody waits for it, and not for the rest of its output. */
export const askedToEnd: Promise<void> = first.promise

/** The reader of our output has left: as SIGPIPE, for those who end something in order. False when there are none. */
export function endForGoneReader(): boolean {
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
