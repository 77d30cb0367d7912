// When the dashboard is asked to end. A Ctrl-C while a command has the terminal is that
// command's: the whole foreground group gets it, this process included.

export interface Ending extends Disposable {
  readonly signal: AbortSignal
  /** While `work` runs, Ctrl-C and Ctrl-\ are not ours. `hasCome` tells it whether one has come since it began. */
  leaveKeysTo<T>(work: (hasCome: () => boolean) => Promise<T>): Promise<T>
}

const LATE_KEY_MS = 50

export function createEnding(): Ending {
  const controller = new AbortController()
  let isTheirs = false
  let theirKeys = 0
  const onKey = () => {
    if (isTheirs) theirKeys += 1
    else controller.abort()
  }
  const onEnd = () => controller.abort()
  for (const name of ["SIGINT", "SIGQUIT"] as const) process.on(name, onKey)
  for (const name of ["SIGTERM", "SIGHUP"] as const) process.on(name, onEnd)
  return {
    signal: controller.signal,
    async leaveKeysTo(work) {
      isTheirs = true
      const before = theirKeys
      try {
        return await work(() => theirKeys > before)
      } finally {
        // A Ctrl-C reaches the whole group: the command may be gone before this process sees it.
        await Bun.sleep(LATE_KEY_MS)
        isTheirs = false
      }
    },
    [Symbol.dispose]() {
      for (const name of ["SIGINT", "SIGQUIT"] as const) process.off(name, onKey)
      for (const name of ["SIGTERM", "SIGHUP"] as const) process.off(name, onEnd)
    },
  }
}
