// The reason with which a caller aborts a run: who asked, and the exit code the run ends with.

export class StopRequest {
  /** `SIGINT`, `the dashboard`. */
  readonly by: string
  readonly exitCode: number

  constructor(by: string, exitCode: number) {
    this.by = by
    this.exitCode = exitCode
  }
}

/** Resolves when the signal is aborted; never when it is not. Call `close` to stop listening. */
export function listenForStop(signal: AbortSignal): { readonly asked: Promise<StopRequest> } & Disposable {
  const asked = Promise.withResolvers<StopRequest>()
  const onAbort = () => asked.resolve(stopOf(signal))
  if (signal.aborted) onAbort()
  else signal.addEventListener("abort", onAbort, { once: true })
  return { asked: asked.promise, [Symbol.dispose]: () => signal.removeEventListener("abort", onAbort) }
}

function stopOf({ reason }: AbortSignal): StopRequest {
  return reason instanceof StopRequest ? reason : new StopRequest("the caller", 1)
}
