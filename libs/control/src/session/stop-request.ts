// The reason with which a caller aborts a run: who asked, and the exit code the run ends with.

import { OperatorProblem } from "@bot-bottle/contracts"

export class StopRequest {
  /** `SIGINT`, `the dashboard`. */
  readonly by: string
  readonly exitCode: number

  constructor(by: string, exitCode: number) {
    this.by = by
    this.exitCode = exitCode
  }
}

/** The work is another host's by now: nothing of it may begin here. */
export class Fenced extends StopRequest {}

/** Throws OperatorProblem once the signal is aborted with a Fenced. Any other stop ends the run that has begun. */
export function refuseFenced({ aborted, reason }: AbortSignal): void {
  if (aborted && reason instanceof Fenced)
    throw new OperatorProblem(`The launch was ended by ${reason.by} before the agent began`)
}

/** The work's result, unless a stop comes first: that is thrown. Nobody waits for the work any more, and it is not ended. */
export async function unlessStopped<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  using stop = listenForStop(signal)
  const stopped = stop.asked.then((request): never => {
    throw request
  })
  return await Promise.race([work, stopped])
}

/** As `unlessStopped`, for what somebody must close: it is closed here when it opens too late. */
export async function openUnlessStopped<T extends AsyncDisposable>(
  signal: AbortSignal,
  opening: Promise<T>,
): Promise<T> {
  try {
    return await unlessStopped(signal, opening)
  } catch (error) {
    void opening.then(
      (late) => late[Symbol.asyncDispose](),
      () => {},
    )
    throw error
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
