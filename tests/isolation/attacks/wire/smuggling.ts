// Security case 10: bytes that one end reads as one request and the other as two.

import { connectRaw, openTls } from "@bot-bottle/proxy/testing"
import { type Attack, type AttackClass, type Field, responseTo, seenDuring, settled } from "./attack.ts"

const SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: evil.test\r\n\r\n"
const CHUNKED = "0\r\n\r\n"

// biome-ignore format: a table
const REQUESTS: readonly (readonly [string, (target: string) => string])[] = [
  ["a length and chunks",               (t) => `POST ${t} HTTP/1.1\r\nHost: listed.test\r\nContent-Length: ${CHUNKED.length + SMUGGLED.length}\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKED}${SMUGGLED}`],
  ["chunks and a length",               (t) => `POST ${t} HTTP/1.1\r\nHost: listed.test\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n${CHUNKED}${SMUGGLED}`],
  ["two lengths, the short one first",  (t) => `POST ${t} HTTP/1.1\r\nHost: listed.test\r\nContent-Length: 0\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`],
  ["two lengths, the long one first",   (t) => `POST ${t} HTTP/1.1\r\nHost: listed.test\r\nContent-Length: ${SMUGGLED.length}\r\nContent-Length: 0\r\n\r\n${SMUGGLED}`],
  ["a length with a sign",              (t) => `POST ${t} HTTP/1.1\r\nHost: listed.test\r\nContent-Length: +0\r\n\r\n${SMUGGLED}`],
  ["an odd transfer coding",            (t) => `POST ${t} HTTP/1.1\r\nHost: listed.test\r\nTransfer-Encoding: xchunked\r\n\r\n${CHUNKED}${SMUGGLED}`],
  ["a transfer coding after a tab",     (t) => `POST ${t} HTTP/1.1\r\nHost: listed.test\r\nTransfer-Encoding:\tchunked, identity\r\nContent-Length: 0\r\n\r\n${SMUGGLED}`],
  ["a space before the colon",          (t) => `POST ${t} HTTP/1.1\r\nHost: listed.test\r\nContent-Length : ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`],
  ["a folded line",                     (t) => `POST ${t} HTTP/1.1\r\nHost: listed.test\r\nX: a\r\n Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n${SMUGGLED}`],
  ["bare line feeds",                   (t) => `POST ${t} HTTP/1.1\nHost: listed.test\nContent-Length: 0\n\n${SMUGGLED}`],
  ["a body on GET",                     (t) => `GET ${t} HTTP/1.1\r\nHost: listed.test\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`],
  ["a body on HEAD",                    (t) => `HEAD ${t} HTTP/1.1\r\nHost: listed.test\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`],
  ["a denied request pipelined behind", (t) => `GET ${t} HTTP/1.1\r\nHost: listed.test\r\n\r\n${SMUGGLED}`],
]

export const smuggling: AttackClass = {
  title: "requests hidden in requests",
  controls: [
    {
      what: "an ordinary POST arrives once, in a tunnel and in the clear",
      async run(field) {
        const body = "Content-Length: 2\r\n\r\nok"
        const seen = [
          ...(await sent(field, `POST /post HTTP/1.1\r\nHost: listed.test\r\n${body}`, "tunnel")),
          ...(await sent(field, `POST http://listed.test/post HTTP/1.1\r\nHost: listed.test\r\n${body}`, "clear")),
        ]
        return seen.map(({ target }) => target.replace("http://listed.test", "")).join() === "/post,/post"
      },
    },
  ],
  attacks: REQUESTS.flatMap(([what, request]): readonly Attack[] => [
    {
      case: 10,
      what: `${what}, in a tunnel`,
      needs: "inspection",
      run: (field) => outcome(field, request("/first"), "tunnel"),
    },
    {
      case: 10,
      what: `${what}, in the clear`,
      run: (field) => outcome(field, request("http://listed.test/first"), "clear"),
    },
  ]),
}

async function outcome(field: Field, bytes: string, how: "tunnel" | "clear") {
  const seen = await sent(field, bytes, how)
  return seen.some(({ target }) => target.includes("smuggled")) ? "succeeded" : "refused"
}

function sent(field: Field, bytes: string, how: "tunnel" | "clear") {
  return seenDuring(field, async () => {
    const { front, ca } = field.way
    const open = how === "tunnel" ? openTls(front, ca, "listed.test:443") : connectRaw(front)
    using connection = await open
    await responseTo(connection, bytes, bytes.startsWith("HEAD") ? "HEAD" : "GET")
    // The hidden request would be answered second.
    await settled(() => responseTo(connection, ""))
  })
}
