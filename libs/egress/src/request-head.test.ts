import { expect, test } from "bun:test"
import { readRequestHead } from "./request-head.ts"

const CONNECT = "CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.example.com:443\r\nUser-Agent: x\r\n\r\n"
const GET = "GET http://Example.com:80/a/b?c=d HTTP/1.1\r\nHost: example.com\r\nAccept: */*\r\n\r\n"

test.each([
  ["CONNECT", CONNECT],
  ["absolute form", GET],
])("%s is incomplete at every byte before its last, and the same head whatever follows", (_what, text) => {
  for (let length = 0; length < text.length; length++)
    expect([length, read(text.slice(0, length))]).toEqual([length, { kind: "incomplete" }])
  expect(read(text)).toMatchObject({ length: text.length })
  expect(read(`${text}\x16\x03\x01\0\n anything`)).toEqual(read(text))
})

test("CONNECT gives its authority", () => {
  expect(read(CONNECT)).toEqual({ kind: "connect", authority: "api.example.com:443", length: CONNECT.length })
})

test.each([
  ["HTTP/1.0 without Host", "CONNECT a.test:443 HTTP/1.0\r\n\r\n", "a.test:443"],
  ["a v6 address", "CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n\r\n", "[::1]:443"],
  ["an empty body", "CONNECT a.test:443 HTTP/1.1\r\nContent-Length: 0\r\n\r\n", "a.test:443"],
  ["credentials for a proxy", "CONNECT a.test:443 HTTP/1.1\r\nProxy-Authorization: Basic eA==\r\n\r\n", "a.test:443"],
])("CONNECT with %s is read", (_what, text, authority) => {
  expect(read(text)).toEqual({ kind: "connect", authority, length: text.length })
})

test("absolute form gives origin form and the head to relay", () => {
  const { relayHead, ...rest } = readAbsolute(GET)
  expect(rest).toEqual({
    kind: "absolute",
    method: "GET",
    authority: "Example.com:80",
    target: "/a/b?c=d",
    length: GET.length,
    body: { kind: "none" },
  })
  expect(relayHead).toBe("GET /a/b?c=d HTTP/1.1\r\nhost: example.com\r\nAccept: */*\r\nconnection: close\r\n\r\n")
})

test("INV-22: what is relayed has one Host, in its one spelling, and nothing hop-by-hop", () => {
  const { relayHead } = readAbsolute(
    `${[
      "POST HTTP://EXAMPLE.com.:8080 HTTP/1.1",
      "HOST:Example.com:8080",
      "Connection: keep-alive, X-Drop",
      "Keep-Alive: timeout=5",
      "Proxy-Connection: keep-alive",
      "Proxy-Authorization: Basic eA==",
      "TE: trailers",
      "Upgrade: h2c",
      "X-Drop: me",
      "X-Keep:  two  words\t",
      "Content-Length: 3",
    ].join("\r\n")}\r\n\r\nabc`,
  )
  expect(relayHead).toBe(
    "POST / HTTP/1.1\r\nhost: example.com:8080\r\nX-Keep:  two  words\t\r\nContent-Length: 3\r\nconnection: close\r\n\r\n",
  )
})

// biome-ignore format: a table
test.each([
  // target                         host header          origin form   relayed host
  ["http://a.test",                 "a.test",            "/",          "a.test"],
  ["http://a.test?q",               "a.test:80",         "/?q",        "a.test"],
  ["http://a.test/?",               "A.TEST.",           "/?",         "a.test"],
  ["http://[::1]:8080/x",           "[0::1]:8080",       "/x",         "[::1]:8080"],
  ["http://0x7f.1/x",               "127.0.0.1",         "/x",         "127.0.0.1"],
  ["http://a.test//b.test/",        "a.test",            "//b.test/",  "a.test"],
] as const)("absolute form %s with Host %s goes on as %s to %s", (target, host, originForm, relayedHost) => {
  const head = readAbsolute(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  expect(head.target).toBe(originForm)
  expect(head.relayHead).toBe(`GET ${originForm} HTTP/1.1\r\nhost: ${relayedHost}\r\nconnection: close\r\n\r\n`)
})

// biome-ignore format: a table
test.each([
  ["no body",      "",                               { kind: "none" }],
  ["a length",     "Content-Length: 12\r\n",         { kind: "length", bytes: 12 }],
  ["chunks",       "Transfer-Encoding: Chunked\r\n", { kind: "chunked" }],
] as const)("the framing of %s is known", (_what, line, body) => {
  expect(readAbsolute(`POST http://a.test/ HTTP/1.1\r\nHost: a.test\r\n${line}\r\n`).body).toEqual(body)
})

const OK = "GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n"
// biome-ignore format: a table
test.each([
  // what                              head                                                           words of the detail
  ["another Host",                     "GET http://a.test/ HTTP/1.1\r\nHost: b.test\r\n\r\n",          "not the target's host"],
  ["Host on another port",             "GET http://a.test/ HTTP/1.1\r\nHost: a.test:8080\r\n\r\n",     "not the target's host"],
  ["no Host",                          "GET http://a.test/ HTTP/1.1\r\n\r\n",                          "Host is missing"],
  ["an empty Host",                    "GET http://a.test/ HTTP/1.1\r\nHost:\r\n\r\n",                 "Host is malformed"],
  ["a list as Host",                   "GET http://a.test/ HTTP/1.1\r\nHost: a.test, b.test\r\n\r\n",  "Host is malformed"],
  ["two Hosts",                        `${OK}Host: b.test\r\n\r\n`,                                    "Host stands twice"],
  ["the same Host twice",              `${OK}host: a.test\r\n\r\n`,                                    "Host stands twice"],
  ["two Hosts on CONNECT",             "CONNECT a.test:443 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",    "Host stands twice"],
  ["userinfo",                         "GET http://good.test@evil.test/ HTTP/1.1\r\nHost: a\r\n\r\n",  "character no name"],
  ["userinfo with a password",         "GET http://u:p@evil.test/ HTTP/1.1\r\nHost: a\r\n\r\n",        "port is not"],
  ["userinfo on CONNECT",              "CONNECT good.test@evil.test:443 HTTP/1.1\r\n\r\n",             "character no name"],
  ["a backslash in the authority",     "GET http://good.test\\@evil.test/ HTTP/1.1\r\nHost: a\r\n\r\n","character no name"],
  ["a backslash in the path",          "GET http://a.test/\\evil.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n", "backslash"],
  ["a backslash on CONNECT",           "CONNECT a.test\\:443 HTTP/1.1\r\n\r\n",                        "character no name"],
  ["a tab in the authority",           "CONNECT a\t.test:443 HTTP/1.1\r\n\r\n",                        "request line"],
  ["a space in the authority",         "CONNECT a .test:443 HTTP/1.1\r\n\r\n",                         "request line"],
  ["a NUL in the authority",           "CONNECT a.test\0:443 HTTP/1.1\r\n\r\n",                        "control byte"],
  ["raw UTF-8 in the authority",       "CONNECT b\xc3\xbccher.test:443 HTTP/1.1\r\n\r\n",              "outside ASCII"],
  ["an escape in the authority",       "CONNECT a%2etest:443 HTTP/1.1\r\n\r\n",                        "character no name"],
  ["a path on CONNECT",                "CONNECT a.test:443/x HTTP/1.1\r\n\r\n",                        "port is not"],
  ["a URL on CONNECT",                 "CONNECT https://a.test:443 HTTP/1.1\r\n\r\n",                  "not host:port"],
  ["port 0",                           "CONNECT a.test:0 HTTP/1.1\r\n\r\n",                            "port is not"],
  ["a zone id",                        "CONNECT [fe80::1%25eth0]:443 HTTP/1.1\r\n\r\n",                "not an IPv6"],
  ["origin form",                      "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n",                       "not an absolute"],
  ["a star",                           "OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n",                   "not an absolute"],
  ["authority form with GET",          "GET a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n",              "not an absolute"],
  ["connect in lower case",            "connect a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n",          "not an absolute"],
  ["https in absolute form",           "GET https://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n",         "not an absolute"],
  ["another scheme",                   "GET ftp://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n",           "not an absolute"],
  ["no authority",                     "GET http:///x HTTP/1.1\r\nHost: a.test\r\n\r\n",               "host is empty"],
  ["a fragment",                       "GET http://a.test/#x HTTP/1.1\r\nHost: a.test\r\n\r\n",        "not an absolute"],
  ["HTTP/1.0 in absolute form",        "GET http://a.test/ HTTP/1.0\r\nHost: a.test\r\n\r\n",          "HTTP/1.0"],
  ["HTTP/0.9",                         "GET http://a.test/\r\n\r\n",                                   "request line"],
  ["HTTP/2.0",                         "PRI * HTTP/2.0\r\n\r\n",                                       "request line"],
  ["two spaces",                       "GET  http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n",         "request line"],
  ["a space at the end",               "GET http://a.test/ HTTP/1.1 \r\nHost: a.test\r\n\r\n",         "request line"],
  ["a space at the start",             " GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n",         "request line"],
  ["an empty line first",              `\r\n${OK}\r\n`,                                                "request line"],
  ["bare LF",                          "GET http://a.test/ HTTP/1.1\nHost: a.test\n\n",                "bare CR or LF"],
  ["one bare LF",                      `${OK}X: y\nZ: w\r\n\r\n`,                                      "bare CR or LF"],
  ["a bare CR",                        `${OK}X: y\rZ: w\r\n\r\n`,                                      "bare CR or LF"],
  ["a NUL in a value",                 `${OK}X: y\0\r\n\r\n`,                                          "control byte"],
  ["DEL in a value",                   `${OK}X: y\x7f\r\n\r\n`,                                        "control byte"],
  ["a byte above ASCII in a value",    `${OK}X: \xe9\r\n\r\n`,                                         "outside ASCII"],
  ["a folded line",                    `${OK}X: y\r\n z\r\n\r\n`,                                      "folded"],
  ["a line folded with a tab",         `${OK}X: y\r\n\tz\r\n\r\n`,                                     "folded"],
  ["a fold before any header",         "GET http://a.test/ HTTP/1.1\r\n Host: a.test\r\n\r\n",         "folded"],
  ["a space before the colon",         `${OK}X : y\r\n\r\n`,                                           "no valid name"],
  ["no colon",                         `${OK}nonsense\r\n\r\n`,                                        "no valid name"],
  ["no header name",                   `${OK}: y\r\n\r\n`,                                             "no valid name"],
  ["both lengths",                     `${OK}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n`, "together"],
  ["two lengths",                      `${OK}Content-Length: 3\r\nContent-Length: 4\r\n\r\n`,          "stands twice"],
  ["the same length twice",            `${OK}Content-Length: 3\r\ncontent-length: 3\r\n\r\n`,          "stands twice"],
  ["a list of lengths",                `${OK}Content-Length: 3, 3\r\n\r\n`,                            "not a number"],
  ["a signed length",                  `${OK}Content-Length: +3\r\n\r\n`,                              "not a number"],
  ["a hex length",                     `${OK}Content-Length: 0x3\r\n\r\n`,                             "not a number"],
  ["an empty length",                  `${OK}Content-Length:\r\n\r\n`,                                 "not a number"],
  ["a length beyond counting",         `${OK}Content-Length: 9999999999999999\r\n\r\n`,                "not a number"],
  ["two codings",                      `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n`,                "not `chunked`"],
  ["another coding",                   `${OK}Transfer-Encoding: identity\r\n\r\n`,                     "not `chunked`"],
  ["a coding in disguise",             `${OK}Transfer-Encoding: "chunked"\r\n\r\n`,                    "not `chunked`"],
  ["chunked twice",                    `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`, "stands twice"],
  ["Connection naming the length",     `${OK}Connection: content-length\r\nContent-Length: 3\r\n\r\n`, "Connection names"],
  ["Connection naming Host",           `${OK}Connection: close, Host\r\n\r\n`,                         "Connection names"],
  ["a body on CONNECT",                "CONNECT a.test:443 HTTP/1.1\r\nContent-Length: 3\r\n\r\n",     "CONNECT has a body"],
  ["chunks on CONNECT",                "CONNECT a.test:443 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "CONNECT has a body"],
  ["TLS without CONNECT",              "\x16\x03\x01\x02\x00\x01",                                     "control byte"],
])("INV-22: %s is malformed, and no prefix says otherwise", (_what, text, words) => {
  expect(read(text)).toEqual({ kind: "malformed", detail: expect.stringContaining(words) as never })
  for (let length = 0; length < text.length; length++)
    expect(["incomplete", "malformed"]).toContain(read(text.slice(0, length)).kind)
})

test("16 KiB without an end are malformed; a head that ends there is not", () => {
  const filler = (length: number) => `${OK}X: ${"y".repeat(length - OK.length - 7)}\r\n\r\n`
  expect(read(filler(16_384))).toMatchObject({ kind: "absolute", length: 16_384 })
  expect(read(filler(16_385))).toEqual({ kind: "malformed", detail: "head is longer than 16 KiB" })
  expect(read(filler(16_384).slice(0, 16_383))).toEqual({ kind: "incomplete" })
})

test("16 KiB of spaces in a header value cost no more than reading them", () => {
  const started = performance.now()
  expect(read(`${OK}X: y${" ".repeat(16_000)}z\r\n\r\n`).kind).toBe("absolute")
  expect(performance.now() - started).toBeLessThan(500)
})

test("a view into a larger buffer is read from where it begins", () => {
  const bytes = Buffer.from(`xx${CONNECT}`, "latin1")
  expect(readRequestHead(new Uint8Array(bytes.buffer, bytes.byteOffset + 2, CONNECT.length))).toEqual(read(CONNECT))
})

function read(text: string): ReturnType<typeof readRequestHead> {
  return readRequestHead(Buffer.from(text, "latin1"))
}

function readAbsolute(text: string) {
  const head = read(text)
  if (head.kind !== "absolute") throw new Error(`not absolute form: ${JSON.stringify(head)}`)
  return { ...head, relayHead: Buffer.from(head.relayHead).toString("latin1") }
}
