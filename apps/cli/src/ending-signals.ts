// The signals that ask this process to end, and whether one has come.

const ENDING_SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const

let hasCome = false

/** For the end of the process: somebody waits for it, and not for the rest of its output. */
export function wasAskedToEnd(): boolean {
  return hasCome
}

export function onEndingSignal(take: (name: string, number: number) => void): Disposable {
  const handlers = Object.entries(ENDING_SIGNALS).map(([name, number]) => {
    const onSignal = () => {
      hasCome = true
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
