// Takes the route's real credential out of an error body: a provider that quotes the key it
// refused must not hand it to the bottle.
//
//   INV-11  A real credential never reaches the agent in an error body of up to 64 KiB.

import type { CredentialedRoute } from "@bot-bottle/contracts"
import { scrubBody } from "@bot-bottle/egress"
import { decodeWhole } from "@bot-bottle/model-apis"

const MAX_SCRUBBED_BYTES = 64 * 1024

/** Undefined at the end. */
type ReadNext = () => Promise<Uint8Array | undefined>

export interface ScrubbedBody {
  readonly body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | null
  /** True when the body is no longer in the encoding it came in. */
  readonly decoded: boolean
}

/** For responses of 400 and up on routes with a secret. What follows the first 64 KiB passes as it came. */
export async function scrubErrorBody(route: CredentialedRoute, response: Response): Promise<ScrubbedBody> {
  if (response.body === null) return { body: null, decoded: false }
  const reader = response.body.getReader()
  const read: ReadNext = async () => (await reader.read()).value as Uint8Array | undefined
  const head: Uint8Array[] = []
  let size = 0
  let next = await read()
  for (; next !== undefined; next = size < MAX_SCRUBBED_BYTES ? await read() : undefined) {
    head.push(next)
    size += next.length
  }
  const done = size < MAX_SCRUBBED_BYTES

  const whole = Buffer.concat(head)
  const encoding = response.headers.get("content-encoding") ?? ""
  if (done && encoding !== "") {
    const text = await decodeWhole(whole, encoding, MAX_SCRUBBED_BYTES)
    // Of a truncated body the agent could have read the part that is there.
    if ("bytes" in text) return { body: copyOf(scrubBody(route, text.bytes)), decoded: true }
  }
  const scrubbed = scrubBody(route, whole)
  return {
    body: done ? copyOf(scrubbed) : followedBy(scrubbed, read, (reason) => reader.cancel(reason)),
    decoded: false,
  }
}

function followedBy(head: Uint8Array, read: ReadNext, cancel: (reason: unknown) => Promise<void>) {
  return new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(head),
    async pull(controller) {
      const value = await read()
      if (value === undefined) controller.close()
      else controller.enqueue(value)
    },
    cancel,
  })
}

function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes)
}
