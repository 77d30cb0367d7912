// Writes what leaves instead of the bytes that came: a head with other lines, a payload in
// chunks of ours. One buffer each, so that a head and what follows it are one write.

/** A head whose body begins in the same bytes. `head` is one character a byte. */
export function joinHead(head: string, bytes: Buffer, from: number, to: number): Buffer {
  const out = Buffer.allocUnsafe(head.length + to - from)
  out.write(head, 0, "latin1")
  bytes.copy(out, head.length, from, to)
  return out
}

/** `startLine` and `lines` without CRLF. */
export function writeHead(startLine: string, lines: readonly string[]): string {
  let head = `${startLine}\r\n`
  for (const line of lines) head += `${line}\r\n`
  return `${head}\r\n`
}

export const LAST_CHUNK = Buffer.from("0\r\n\r\n")

/** The last chunk with these trailer lines, each with its CRLF. */
export function lastChunk(trailers: string): Buffer {
  return trailers === "" ? LAST_CHUNK : Buffer.from(`0\r\n${trailers}\r\n`, "latin1")
}

/** The parts as one chunk, after `head` and before `end`. No parts make no chunk: an empty one would end the body. */
export function writeChunk(head: string, parts: readonly Uint8Array[], end: Uint8Array | undefined): Buffer {
  let size = 0
  for (const part of parts) size += part.length
  const mark = size === 0 ? "" : `${size.toString(16)}\r\n`
  const out = Buffer.allocUnsafe(head.length + (size === 0 ? 0 : mark.length + size + 2) + (end?.length ?? 0))
  let at = out.write(head, 0, "latin1")
  if (size > 0) {
    at += out.write(mark, at, "latin1")
    for (const part of parts) {
      out.set(part, at)
      at += part.length
    }
    out[at++] = 13
    out[at++] = 10
  }
  if (end !== undefined) out.set(end, at)
  return out
}
