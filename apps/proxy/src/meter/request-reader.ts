// Has billed requests read and changed: small ones here, large ones in a thread of their own.
//
// To read one of 64 MB, or to lower a limit in it, takes the better part of a second. It cannot be
// cut into pieces, because parsing is one call. Meanwhile no cutoff would be seen, and every other
// stream would stand.

import { hostThread } from "@bot-bottle/contracts"
import type { ModelApi } from "@bot-bottle/model-apis"
import { doWork, sizeOf, type Work, type WorkDone } from "./api-work.ts"

export interface RequestReader {
  /** Undefined as the step itself says it, and when it could not be done to its end. */
  readonly carryOut: CarryOut
  close(): void
}

export type CarryOut = <K extends Work["kind"]>(
  api: ModelApi,
  work: Extract<Work, { readonly kind: K }>,
) => Promise<WorkDone[K] | undefined>

/** The thread's requests and answers. */
export interface ReadingOrder {
  readonly id: number
  readonly api: string
  readonly work: Work
}
export interface ReadingDone {
  readonly id: number
  readonly done: unknown
}

/** Ten milliseconds of work. To hand over, and to start the thread for the first, costs more than smaller ones take. */
const LARGE_BYTES = 1024 * 1024
/** It keeps tokenizers of its own, and what it parsed last. */
const IDLE_MS = 30_000

export function createRequestReader({ largeBytes = LARGE_BYTES, idleMs = IDLE_MS } = {}): RequestReader {
  const waiting = new Map<number, (done: unknown) => void>()
  let thread: Worker | undefined
  let idle: Timer | undefined
  let asked = 0

  function end(): void {
    clearTimeout(idle)
    thread?.terminate()
    thread = undefined
    for (const answer of waiting.values()) answer(undefined)
    waiting.clear()
  }

  function open(): Worker {
    const opened = new Worker(hostThread("reading-thread"))
    opened.unref()
    opened.onmessage = ({ data }: MessageEvent<ReadingDone>) => {
      waiting.get(data.id)?.(data.done)
      waiting.delete(data.id)
      if (waiting.size > 0) return
      idle = setTimeout(end, idleMs)
      idle.unref()
    }
    // Out of memory, as likely as not. Its request is refused; the next gets a new one.
    opened.onerror = end
    return opened
  }

  function askThread(api: ModelApi, work: Work): Promise<unknown> {
    clearTimeout(idle)
    thread ??= open()
    const order: ReadingOrder = { id: asked++, api: api.name, work }
    const { promise, resolve } = Promise.withResolvers<unknown>()
    waiting.set(order.id, resolve)
    thread.postMessage(order)
    return promise
  }

  return {
    async carryOut<K extends Work["kind"]>(api: ModelApi, work: Extract<Work, { readonly kind: K }>) {
      const done = sizeOf(work) < largeBytes ? doWork(api, work) : askThread(api, work)
      return (await done) as WorkDone[K] | undefined
    },
    close: end,
  }
}
