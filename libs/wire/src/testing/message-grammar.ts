// Writes messages that are right, nearly right and wrong, from a seed.

export interface Chance {
  /** A whole number from 0 up to `limit`, without it. */
  below(limit: number): number
  pick<T>(from: readonly T[]): T
}

/** A linear congruential generator: the same seed gives the same run everywhere. */
export function createChance(seed: number): Chance {
  let state = (seed * 2654435761 + 12345) >>> 0
  const below = (limit: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
  return { below, pick: (from) => from[below(from.length)]! }
}

const METHODS = ["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "PROPFIND", "OPTIONS", "LIST"]
const TARGETS = ["/", "/v1/messages?beta=true", "//a/../b", "*", "/%2e%2e/x", "http://a.example/x"]
const LINES = [
  "Accept: */*",
  "X-Empty:",
  "X: \tpadded\t ",
  "x-utf8: caf\xc3\xa9",
  "Connection: keep-alive",
  "Connection: close",
  "Content-Type: text/event-stream",
  "Content-Encoding: gzip",
  "Set-Cookie: a=b",
  "Set-Cookie: c=d",
  "Expect: 100-continue",
  "Keep-Alive: timeout=5",
]
const FRAMINGS = ["none", "none", "length", "chunked", "chunked", "odd"] as const
const ODD = [
  "Content-Length: 3\r\nContent-Length: 3",
  "Transfer-Encoding: gzip, chunked",
  "Transfer-Encoding: chunked\r\nContent-Length: 3",
  "Content-Length: +3",
  "Content-Length: 003",
  "Transfer-Encoding: CHUNKED",
  "Content_Length: 3",
  "Transfer-Encoding : chunked",
]
const EXTENSIONS = ["", "", "", ";a", ";a=b", ';a="b;c"', " ;a"]

export function writeMessage(chance: Chance, what: "request" | "response"): Buffer {
  const lines = what === "request" ? ["Host: a.example"] : []
  for (let count = chance.below(5); count > 0; count--) lines.push(chance.pick(LINES))
  const framing = chance.pick(FRAMINGS)
  let body = ""
  if (framing === "length") {
    body = writePayload(chance, chance.below(40))
    lines.push(`Content-Length: ${body.length}`)
  } else if (framing === "chunked") {
    lines.push("Transfer-Encoding: chunked")
    body = writeChunks(chance)
  } else if (framing === "odd") {
    lines.push(chance.pick(ODD))
    body = "abc"
  }
  const start = what === "request" ? writeRequestLine(chance) : writeStatusLine(chance)
  const surplus = chance.below(4) === 0 ? "GET /next HTTP/1.1\r\nHost: b\r\n\r\n" : ""
  return Buffer.from(
    `${start}\r\n${lines.join("\r\n")}${lines.length > 0 ? "\r\n" : ""}\r\n${body}${surplus}`,
    "latin1",
  )
}

function writeRequestLine(chance: Chance): string {
  return `${chance.pick(METHODS)} ${chance.pick(TARGETS)} HTTP/1.${chance.below(10) === 0 ? 0 : 1}`
}

function writeStatusLine(chance: Chance): string {
  const status = chance.pick([200, 200, 200, 204, 206, 304, 404, 429, 500])
  return `HTTP/1.${chance.below(10) === 0 ? 0 : 1} ${status} ${chance.pick(["OK", "", "caf\xe9"])}`
}

function writeChunks(chance: Chance): string {
  let text = ""
  for (let count = chance.below(4); count > 0; count--) {
    const payload = writePayload(chance, 1 + chance.below(20))
    const size = payload.length.toString(16)
    text += `${chance.below(4) === 0 ? size.toUpperCase().padStart(4, "0") : size}${chance.pick(EXTENSIONS)}\r\n${payload}\r\n`
  }
  const trailers = chance.below(4) === 0 ? chance.pick(["X-Sum: 1\r\n", "a: b\r\nc:\r\n", "Content-Length: 1\r\n"]) : ""
  return `${text}0\r\n${trailers}\r\n`
}

function writePayload(chance: Chance, length: number): string {
  let text = ""
  while (text.length < length) text += chance.pick(["a", "\r\n", "\n", "0\r\n\r\n", "data: {}", "\0", "\xff", "1\r\n"])
  return text.slice(0, length)
}

const SPLICES = [
  "\r",
  "\n",
  "\r\n",
  "\0",
  " ",
  "\t",
  ":",
  ";",
  ",",
  "0",
  "ffffffffffff",
  "\x7f",
  "\x80",
  "\r\n ",
  "Host: b\r\n",
  "Content-Length: 1\r\n",
]

/** One to three bytes changed, taken out, doubled, or something put between. */
export function mutate(chance: Chance, bytes: Buffer): Buffer {
  let text = bytes.toString("latin1")
  for (let count = 1 + chance.below(3); count > 0; count--) {
    const at = chance.below(text.length + 1)
    const cut = at + 1 + chance.below(4)
    switch (chance.below(4)) {
      case 0:
        text = text.slice(0, at) + String.fromCharCode(chance.below(256)) + text.slice(at + 1)
        break
      case 1:
        text = text.slice(0, at) + text.slice(cut)
        break
      case 2:
        text = text.slice(0, cut) + text.slice(at)
        break
      default:
        text = text.slice(0, at) + chance.pick(SPLICES) + text.slice(at)
    }
  }
  return Buffer.from(text, "latin1")
}
