// The wait between two looks of a loop, which the loop's end must not sit out.

/** Resolves after `ms`, or at once when `signal` is or gets aborted, or when `wake` resolves. Never rejects. */
export function pause(ms: number, signal: AbortSignal, wake?: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      // A loop waits on one signal for as long as it runs: listeners would pile up.
      signal.removeEventListener("abort", done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener("abort", done)
    void wake?.then(done)
    if (signal.aborted) done()
  })
}
