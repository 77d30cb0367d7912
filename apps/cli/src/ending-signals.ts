// The signals that ask this process to end, and when the first one came.

const ENDING_SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const

const first = Promise.withResolvers<void>()

/** For the end of the process: somebody waits for it, and not for the rest of its output. */
export const askedToEnd: Promise<void> = first.promise

export function onEndingSignal(take: (name: string, number: number) => void): Disposable {
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
      for (const remove of handlers) remove()
    },
  }
}
