// Has billed requests read: small ones here, large ones in a thread of their own.
//
// To read one of 64 MB takes the better part of a second, in pieces that cannot be cut: parsing
// it is one call. Meanwhile a cutoff would not be heard, and every other stream would stand.

import type { ModelApi, ModelRequest } from "@bot-bottle/providers"

export interface RequestReader {
  /** Undefined when the body is not the API's, or could not be read to its end. */
  read(api: ModelApi, body: Uint8Array): Promise<ModelRequest | undefined>
  close(): void
}

/** What the thread is asked, and answers. */
export interface ReadingOrder {
  readonly id: number
  readonly api: string
  readonly body: Uint8Array
}
export interface ReadingDone {
  readonly id: number
  readonly model: ModelRequest | undefined
}

/** Ten milliseconds of work. To hand over, and to start the thread for the first, costs more than smaller ones take. */
const LARGE_BYTES = 1024 * 1024
/** It keeps tokenizers of its own, and what it parsed last. */
const IDLE_MS = 30_000

export function createRequestReader({ largeBytes = LARGE_BYTES, idleMs = IDLE_MS } = {}): RequestReader {
  const waiting = new Map<number, (model: ModelRequest | undefined) => void>()
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
    const opened = new Worker(new URL("./reading-thread.ts", import.meta.url))
    opened.unref()
    opened.onmessage = ({ data }: MessageEvent<ReadingDone>) => {
      waiting.get(data.id)?.(data.model)
      waiting.delete(data.id)
      if (waiting.size > 0) return
      idle = setTimeout(end, idleMs)
      idle.unref()
    }
    // Out of memory, as likely as not. What it was asked is refused; the next gets a new one.
    opened.onerror = end
    return opened
  }

  return {
    async read(api, body) {
      if (body.length < largeBytes) return api.readRequest(body)
      clearTimeout(idle)
      thread ??= open()
      const order: ReadingOrder = { id: asked++, api: api.name, body }
      const { promise, resolve } = Promise.withResolvers<ModelRequest | undefined>()
      waiting.set(order.id, resolve)
      thread.postMessage(order)
      return promise
    },
    close: end,
  }
}
