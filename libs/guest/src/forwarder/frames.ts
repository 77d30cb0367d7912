// Many connections over one stream of bytes, as `forward` needs it: nine bytes say what a frame is,
// whose, and how long.
//
// Both ends use this. The far end of the launcher's is a bottle: nothing it sends is taken beyond
// these bounds.

export type Frame =
  /** By the end that accepted it, with a number that was not used before. */
  | { readonly kind: "open"; readonly id: number }
  | { readonly kind: "data"; readonly id: number; readonly bytes: Uint8Array }
  /** No more data comes from this end. */
  | { readonly kind: "end"; readonly id: number }
  | { readonly kind: "closed"; readonly id: number }
  /** So many bytes of data were passed on, and as many more may come. */
  | { readonly kind: "room"; readonly id: number; readonly count: number }

const KINDS = ["open", "data", "end", "closed", "room"] as const
const HEADER_BYTES = 9
export const MAX_FRAME_BYTES = 16 * 1024

export function encodeFrame(frame: Frame): Uint8Array {
  const bytes = frame.kind === "data" ? frame.bytes : new Uint8Array()
  const encoded = new Uint8Array(HEADER_BYTES + bytes.byteLength)
  const view = new DataView(encoded.buffer)
  view.setUint8(0, KINDS.indexOf(frame.kind))
  view.setUint32(1, frame.id)
  view.setUint32(5, frame.kind === "room" ? frame.count : bytes.byteLength)
  encoded.set(bytes, HEADER_BYTES)
  return encoded
}

/** `onInvalid` once; nothing is read after it. */
export function createFrameReader(onFrame: (frame: Frame) => void, onInvalid: () => void) {
  let held = new Uint8Array()
  let isOver = false
  return {
    read(bytes: Uint8Array) {
      if (isOver) return
      const all = new Uint8Array(held.byteLength + bytes.byteLength)
      all.set(held)
      all.set(bytes, held.byteLength)
      let at = 0
      while (all.byteLength - at >= HEADER_BYTES) {
        const view = new DataView(all.buffer, at)
        const kind = KINDS[view.getUint8(0)]
        const [id, count] = [view.getUint32(1), view.getUint32(5)]
        const length = kind === "data" ? count : 0
        if (kind === undefined || length > MAX_FRAME_BYTES) {
          isOver = true
          return onInvalid()
        }
        if (all.byteLength - at < HEADER_BYTES + length) break
        const start = at + HEADER_BYTES
        at = start + length
        if (kind === "data") onFrame({ kind, id, bytes: all.slice(start, at) })
        else if (kind === "room") onFrame({ kind, id, count })
        else onFrame({ kind, id })
      }
      held = all.slice(at)
    },
  }
}
