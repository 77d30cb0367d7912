// Takes what a source yields in batches: changes that arrive within a moment are taken together,
// and nothing waits for a reader that is still busy with the batch before.

/** Gathers what arrives within a moment. Undefined at the end; throws what the source threw. */
export function createInbox<T>(source: AsyncIterable<T>): {
  take(gatherMs: number): Promise<readonly T[] | undefined>
} {
  let waiting: T[] = []
  let isOver = false
  let failure: { readonly error: unknown } | undefined
  let wake = () => {}
  void (async () => {
    try {
      for await (const each of source) {
        waiting.push(each)
        wake()
      }
    } catch (error) {
      failure = { error }
    }
    isOver = true
    wake()
  })()
  return {
    async take(gatherMs) {
      if (waiting.length === 0 && !isOver) {
        const { promise, resolve } = Promise.withResolvers<void>()
        wake = resolve
        await promise
        await Bun.sleep(gatherMs)
      }
      const batch = waiting
      waiting = []
      if (batch.length > 0) return batch
      if (failure !== undefined) throw failure.error
      return undefined
    },
  }
}
