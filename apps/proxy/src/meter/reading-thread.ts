// The thread in which large requests are read (request-reader.ts). One after the other: two at
// once would be no sooner done, and hold twice the memory.

import { findModelApi } from "@bot-bottle/providers"
import type { ReadingDone, ReadingOrder } from "./request-reader.ts"

declare const self: Worker

let last: Promise<void> = Promise.resolve()

self.onmessage = ({ data }: MessageEvent<ReadingOrder>) => {
  last = last.then(() => read(data))
}

async function read({ id, api, body }: ReadingOrder): Promise<void> {
  const done: ReadingDone = { id, model: await findModelApi(api)?.readRequest(body) }
  self.postMessage(done)
}
