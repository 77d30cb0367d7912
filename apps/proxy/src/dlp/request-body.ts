// Has a request's body looked at on its way out, without holding more of it than need be.
//
// A small one whose length is known is read whole and keeps its framing. Any other goes by in
// pieces: a find ends the request to the upstream in the middle. One that is packed is unpacked
// beside, and no piece leaves before what is in it was looked at; to mask in it is not possible,
// so there a find always refuses.

import type { Finding } from "@bot-bottle/egress"
import { type BodyDecoder, createBodyDecoder } from "@bot-bottle/model-apis"
import type { RouteScan } from "./outbound-scan.ts"

export interface OutgoingBody {
  readonly body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | null
  /** Fires when the body must not go on. */
  readonly signal: AbortSignal | undefined
  /** Why; undefined while nothing stopped it. */
  readonly stopped: Stopped | undefined
  readonly masked: readonly Finding[]
}

export type Stopped =
  | { readonly kind: "found"; readonly finding: Finding }
  /** Packed in a way that cannot be undone here, or that unfolds without end. */
  | { readonly kind: "unreadable" }
  /** The client went away in the middle. */
  | { readonly kind: "torn" }

const MAX_WHOLE_BYTES = 1024 * 1024
const MAX_HELD_BYTES = 128 * 1024 * 1024
const MAX_UNPACKED_BYTES = 256 * 1024 * 1024
const UNPACK_SLICE = 16 * 1024

/** This process serves one run, so one count. */
let heldBytes = 0

export async function scanRequestBody(scan: RouteScan | undefined, request: Request): Promise<OutgoingBody> {
  const { body } = request
  if (scan === undefined || body === null) return { body, signal: undefined, stopped: undefined, masked: [] }
  const encoding = request.headers.get("content-encoding") ?? ""
  if (encoding !== "" && encoding.toLowerCase() !== "identity") return scanPacked(scan, body, encoding)

  const length = Number(request.headers.get("content-length") ?? Number.POSITIVE_INFINITY)
  if (!(length <= MAX_WHOLE_BYTES) || heldBytes + length > MAX_HELD_BYTES) return scanPieces(scan, body)
  heldBytes += length
  try {
    return await scanSmall(scan, request)
  } finally {
    heldBytes -= length
  }
}

async function scanSmall(scan: RouteScan, request: Request): Promise<OutgoingBody> {
  let bytes: Uint8Array<ArrayBuffer>
  try {
    bytes = new Uint8Array(await request.arrayBuffer())
  } catch {
    return { body: null, signal: undefined, stopped: { kind: "torn" }, masked: [] }
  }
  const scanned = await scan.scanWhole(bytes)
  if (scanned.outcome === "found")
    return { body: null, signal: undefined, stopped: { kind: "found", finding: scanned.finding }, masked: [] }
  const masked = scanned.outcome === "masked" ? scanned.findings : []
  return { body: bytes, signal: undefined, stopped: undefined, masked }
}

function scanPieces(scan: RouteScan, body: ReadableStream<Uint8Array>): OutgoingBody {
  const stream = scan.openStream("plain")
  return relay(body, (bytes, masked) => {
    const scanned = bytes === undefined ? stream.end() : stream.push(bytes)
    if (scanned.outcome === "found") return { kind: "found", finding: scanned.finding }
    if (scanned.outcome === "masked") masked.push(...scanned.findings)
    return scanned.bytes
  })
}

function scanPacked(scan: RouteScan, body: ReadableStream<Uint8Array>, encoding: string): OutgoingBody {
  const stream = scan.openStream("packed")
  let stopped: Stopped | undefined
  let unpacked = 0
  const decoder: BodyDecoder = createBodyDecoder(encoding, (part) => {
    unpacked += part.length
    const scanned = stream.push(part)
    if (scanned.outcome === "found") stopped ??= { kind: "found", finding: scanned.finding }
    if (unpacked > MAX_UNPACKED_BYTES) stopped ??= { kind: "unreadable" }
    if (stopped !== undefined) decoder.stop()
  })
  return relay(body, async (bytes) => {
    for (let from = 0; from < (bytes?.length ?? 0) && stopped === undefined; from += UNPACK_SLICE) {
      decoder.push((bytes as Uint8Array).subarray(from, from + UNPACK_SLICE))
      await decoder.idle()
    }
    if (bytes !== undefined) return stopped ?? bytes
    const outcome = await decoder.finish()
    return stopped ?? (outcome === "intact" ? new Uint8Array(0) : { kind: "unreadable" })
  })
}

/** What may go on of a piece, or of the end; or why nothing may. */
type Judge = (bytes: Uint8Array | undefined, masked: Finding[]) => Uint8Array | Stopped | Promise<Uint8Array | Stopped>

function relay(body: ReadableStream<Uint8Array>, judge: Judge): OutgoingBody {
  const reader = body.getReader()
  const abort = new AbortController()
  const masked: Finding[] = []
  let stopped: Stopped | undefined
  /** The upstream has answered, and what is left of the body is not asked for: it may have it all already. */
  let isCancelled = false

  async function next(controller: ReadableStreamDefaultController<Uint8Array>): Promise<"more" | "over"> {
    const { done, value } = await reader.read()
    const judged = await judge(done ? undefined : value, masked)
    if (judged instanceof Uint8Array) {
      if (isCancelled) return "over"
      if (judged.length > 0) controller.enqueue(judged)
      if (done) controller.close()
      return done || judged.length > 0 ? "over" : "more"
    }
    stopped = judged
    abort.abort("stopped")
    if (!isCancelled) controller.error(new Error("Stopped by bot-bottle"))
    reader.cancel("stopped").catch(() => {
      // The client's side is over; so is what it was sending.
    })
    return "over"
  }

  return {
    body: new ReadableStream<Uint8Array>({
      async pull(controller) {
        try {
          while ((await next(controller)) === "more");
        } catch (error) {
          if (isCancelled) return
          stopped ??= { kind: "torn" }
          abort.abort("torn")
          controller.error(error)
        }
      },
      cancel(reason) {
        isCancelled = true
        return reader.cancel(reason)
      },
    }),
    signal: abort.signal,
    get stopped() {
      return stopped
    },
    masked,
  }
}
