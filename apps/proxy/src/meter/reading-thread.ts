// The thread in which large requests are read (request-reader.ts). One after the other: two at
// once would be no sooner done, and hold twice the memory.

import { findModelApi } from "@bot-bottle/model-apis"
import { doWork } from "./api-work.ts"
import type { ReadingDone, ReadingOrder } from "./request-reader.ts"

declare const self: Worker

let last: Promise<void> = Promise.resolve()

self.onmessage = ({ data }: MessageEvent<ReadingOrder>) => {
  last = last.then(() => carryOut(data))
}

async function carryOut({ id, api, work }: ReadingOrder): Promise<void> {
  const found = findModelApi(api)
  const done: ReadingDone = { id, done: found === undefined ? undefined : await doWork(found, work) }
  self.postMessage(done)
}
