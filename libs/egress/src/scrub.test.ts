import { expect, test } from "bun:test"
import { Secret } from "@bot-bottle/contracts"
import { type Scrubber, scrubberOf } from "./scrub.ts"

// The tildes put a `+` into its base64 and a `-` into its base64url at every offset.
const KEY = "sk-live/0123+456789?x~~~~~"
const GONE = "[removed by bot-bottle]"
const PIECES = [1, 2, 7, 64, 1 << 20] as const
const base64 = (text: string) => Buffer.from(text).toString("base64")
const base64url = (text: string) => Buffer.from(text).toString("base64url")

// biome-ignore format: a table
const ECHOES = [
  ["plain",                     `bad key ${KEY}!`],
  ["twice",                     `${KEY}${KEY}`],
  ["as it was injected",        `Bearer ${KEY}`],
  ["in a redirect",             `https://evil.test/?k=${encodeURIComponent(KEY)}&a`],
  ["in lower-case escapes",     `https://evil.test/?k=${encodeURIComponent(KEY).toLowerCase()}&a`],
  ["escaped throughout",        [...KEY].map((c) => `%${c.charCodeAt(0).toString(16)}`).join("")],
  ["escaped for JSON",          `{"key":"${KEY.replaceAll("/", "\\/")}"}`],
  ["as JSON code points",       `{"key":"${[...KEY].map((c) => `\\u00${c.charCodeAt(0).toString(16)}`).join("")}"}`],
  ["in a URL of Python's",      KEY.replaceAll("+", "%2B").replaceAll("?", "%3F")],
  ["in a URL of Java's",        encodeURIComponent(KEY).replaceAll("~", "%7E")],
  ["in JSON of .NET's",         `{"key":"${KEY.replaceAll("+", "\\u002B")}"}`],
  ["in a script of Django's",   `k = '${KEY.replaceAll("-", "\\u002D")}'`],
  ["in a script of ESAPI's",    `k = '${KEY.replace(/[^A-Za-z0-9,._]/g, (c) => `\\x${c.charCodeAt(0).toString(16).toUpperCase()}`)}'`],
  ["in HTML of Go's",           `<b>${KEY.replaceAll("+", "&#43;")}</b>`],
  ["in HTML of Mustache's",     `<b>${KEY.replaceAll("/", "&#x2F;")}</b>`],
  ["in HTML of ASP.NET's",      `<b>${KEY.replaceAll("+", "&#x2B;")}</b>`],
  ["in HTML of ESAPI's",        `<b>${KEY.replace(/[^a-z0-9-]/g, (c) => `&#x${c.charCodeAt(0).toString(16)};`)}</b>`],
  ["as HTML code points",       [...KEY].map((c) => `&#${c.charCodeAt(0)};`).join("")],
  ["as HTML in hex",            [...KEY].map((c) => `&#x${c.charCodeAt(0).toString(16)};`).join("")],
  ["in hex",                    Buffer.from(KEY).toString("hex")],
  ["in upper-case hex",         Buffer.from(KEY).toString("hex").toUpperCase()],
  ["in base64",                 base64(KEY)],
  ["in base64, one byte in",    base64(`u${KEY}`)],
  ["in base64, two bytes in",   base64(`u:${KEY}`)],
  ["as Basic credentials",      `Basic ${base64(`user:${KEY}`)}`],
  ["with bytes behind it",      base64(`user:${KEY}:tail`)],
  ["in base64url",              base64url(`user:${KEY}`)],
  ["backwards",                 [...KEY].reverse().join("")],
] as const

test.each(ECHOES)(
  "INV-11: the credential %s is scrubbed from lines, and from bodies however they are cut",
  (_what, text) => {
    const scrubber = scrubberFor(KEY)
    expect(scrubber.isIn([`x-echo: ${text}`])).toBe(true)
    const line = scrubber.scrubLine(`x-echo: ${text}`) ?? ""
    expect(line).toContain(GONE)
    for (const scrubbed of [line, ...PIECES.map((size) => inPieces(scrubber, text, size).text)])
      for (const spelling of [KEY, KEY.slice(2, -2)]) expect(decodings(scrubbed).join("\n")).not.toContain(spelling)
  },
)

test.each(ECHOES)(
  "a body with the credential %s keeps its length, and says that something was found",
  (_what, text) => {
    for (const size of PIECES) {
      const { text: scrubbed, hasFound } = inPieces(scrubberFor(KEY), `before ${text} after`, size)
      expect([scrubbed.length, hasFound, scrubbed.startsWith("before "), scrubbed.endsWith(" after")]).toEqual([
        text.length + 13,
        true,
        true,
        true,
      ])
    }
  },
)

// biome-ignore format: a table
test.each([
  ["Gson's JSON",         "a1/b2+c3==",   "a1/b2+c3\\u003d\\u003d"],
  ["Mustache's HTML",     "a1/b2+c3==",   "a1&#x2F;b2+c3&#x3D;&#x3D;"],
  ["HTML",                `a1<b2>"c3&'`,  "a1&lt;b2&gt;&quot;c3&amp;&#39;"],
  ["HTML of Go's",        `a1<b2>"c3&'`,  "a1&lt;b2&gt;&#34;c3&amp;&#39;"],
  ["JSON of Go's",        "a1<b2>c3&d4",  "a1\\u003cb2\\u003ec3\\u0026d4"],
  ["a strict URL",        "a1(b2)c3*!'~", "a1%28b2%29c3%2A%21%27%7E"],
  ["a form",              "a1 b2 c3 d4",  "a1+b2+c3+d4"],
])("INV-11: a password is scrubbed from %s", (_what, key, echoed) => {
  const scrubber = scrubberFor(key)
  for (const size of PIECES) expect(inPieces(scrubber, `<${echoed}>`, size).text).toBe(`<${"*".repeat(echoed.length)}>`)
})

test("INV-11: a body is not held back but for what may be the beginning of the credential", () => {
  const stream = scrubberFor(KEY).openStream()
  expect(text(stream.push(Buffer.from("data: {}\n\n")))).toBe("data: {}\n\n")
  expect(text(stream.push(Buffer.from("data: sk-")))).toBe("data: ")
  expect(text(stream.push(Buffer.from("lively\n\n")))).toBe("sk-lively\n\n")
  expect(text(stream.push(Buffer.from("end sk")))).toBe("end ")
  expect([text(stream.end()), stream.hasFound]).toEqual(["sk", false])
})

test("INV-11: a line whose name holds it goes, in any case; one escaped in part loses its value", () => {
  const scrubber = scrubberFor("sk-live-0123456789")
  expect(scrubber.scrubLine("X-SK-Live-0123456789: a")).toBeUndefined()
  expect(scrubber.isIn(["X-SK-Live-0123456789: a"])).toBe(true)
  expect(scrubber.scrubLine("location: /?k=s%6b-live-01%32345%36789")).toBe(`location: ${GONE}`)
})

test("the words around it stay, and clean lines as they came", () => {
  const scrubber = scrubberFor(KEY)
  expect(scrubber.scrubLine(`location: https://a.test/?k=${KEY}&b=1`)).toBe(`location: https://a.test/?k=${GONE}&b=1`)
  expect(scrubber.isIn(['etag: "1"', "set-cookie: a=b%20c"])).toBe(false)
  expect(scrubber.scrubLine("set-cookie: a=b%20c")).toBe("set-cookie: a=b%20c")
})

test("bytes that are not text pass", () => {
  const bytes = Buffer.from(Uint8Array.from({ length: 4096 }, (_, code) => code % 256))
  const stream = scrubberFor(KEY).openStream()
  expect(Buffer.concat([stream.push(Buffer.from(bytes)), stream.end()])).toEqual(bytes)
})

test("nothing is looked for without a credential, or with an empty one", () => {
  expect([scrubberOf(undefined), scrubberOf(new Secret(""))]).toEqual([undefined, undefined])
})

test("a short credential is removed plain, and its encodings are not hunted by chance", () => {
  const scrubber = scrubberFor("ab")
  expect(scrubber.scrubLine("x: xaby 6162 YWI=")).toBe(`x: x${GONE}y 6162 YWI=`)
  expect(inPieces(scrubber, "xaby 6162 YWI=", 1).text).toBe("x**y 6162 YWI=")
})

function scrubberFor(key: string): Scrubber {
  const scrubber = scrubberOf(new Secret(key))
  if (scrubber === undefined) throw new Error("nothing to look for")
  return scrubber
}

function inPieces(scrubber: Scrubber, body: string, size: number) {
  const stream = scrubber.openStream()
  const bytes = Buffer.from(body)
  const out: string[] = []
  for (let at = 0; at < bytes.length; at += size)
    out.push(text(stream.push(Buffer.from(bytes.subarray(at, at + size)))))
  out.push(text(stream.end()))
  return { text: out.join(""), hasFound: stream.hasFound }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1")
}

/** The text itself, unescaped, and every run of it read as hex and as base64. */
function decodings(text: string): string[] {
  const runs = text.match(/[A-Za-z0-9+/_-]{8,}/g) ?? []
  const unescaped = text
    .replace(/(?:%|\\u00|\\x|&#x)([0-9a-f]{2});?/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
  return [text, unescaped, text.replaceAll("\\/", "/"), [...text].reverse().join("")].concat(
    runs.flatMap((run) => [
      Buffer.from(run, "hex").toString("latin1"),
      ...[0, 1, 2, 3].map((offset) => Buffer.from(run.slice(offset), "base64").toString("latin1")),
    ]),
  )
}
