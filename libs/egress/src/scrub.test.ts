import { expect, test } from "bun:test"
import { type CredentialedRoute, Secret } from "@bot-bottle/contracts"
import { scrubBody, scrubHeaders } from "./scrub.ts"

// The tildes put a `+` into its base64 and a `-` into its base64url at every offset.
const KEY = "sk-live/0123+456789?x~~~~~"
const GONE = "[removed by bot-bottle]"
const credentialed = route(new Secret(KEY))
const base64 = (text: string) => Buffer.from(text).toString("base64")
const base64url = (text: string) => Buffer.from(text).toString("base64url")

// biome-ignore format: a table
test.each([
  ["plain",                     `bad key ${KEY}!`],
  ["twice",                     `${KEY}${KEY}`],
  ["as it was injected",        `Bearer ${KEY}`],
  ["in a redirect",             `https://evil.test/?k=${encodeURIComponent(KEY)}&a`],
  ["in lower-case escapes",     `https://evil.test/?k=${encodeURIComponent(KEY).toLowerCase()}&a`],
  ["escaped for JSON",          `{"key":"${KEY.replaceAll("/", "\\/")}"}`],
  ["in hex",                    Buffer.from(KEY).toString("hex")],
  ["in upper-case hex",         Buffer.from(KEY).toString("hex").toUpperCase()],
  ["in base64",                 base64(KEY)],
  ["in base64, one byte in",    base64(`u${KEY}`)],
  ["in base64, two bytes in",   base64(`u:${KEY}`)],
  ["as Basic credentials",      `Basic ${base64(`user:${KEY}`)}`],
  ["with bytes behind it",      base64(`user:${KEY}:tail`)],
  ["in base64url",              base64url(`user:${KEY}`)],
])("INV-11: the credential %s is scrubbed from headers and bodies", (_what, text) => {
  const header = scrubHeaders(credentialed, new Headers({ "x-echo": text })).get("x-echo")!
  const body = Buffer.from(scrubBody(credentialed, Buffer.from(text))).toString()
  for (const scrubbed of [header, body]) {
    expect(scrubbed).toContain(GONE)
    for (const spelling of [KEY, KEY.slice(2, -2)]) expect(decodings(scrubbed).join("\n")).not.toContain(spelling)
  }
})

test("INV-11: the words around it stay", () => {
  expect(Buffer.from(scrubBody(credentialed, Buffer.from(`bad key "${KEY}" é\u0000.`))).toString()).toBe(
    `bad key "${GONE}" é\u0000.`,
  )
  const headers = new Headers({ location: `https://a.test/?k=${KEY}&b=1`, etag: '"1"' })
  expect(Object.fromEntries(scrubHeaders(credentialed, headers))).toEqual({
    location: `https://a.test/?k=${GONE}&b=1`,
    etag: '"1"',
  })
})

test("INV-11: cookies are scrubbed one by one and stay apart", () => {
  const headers = new Headers()
  headers.append("set-cookie", `a=${KEY}; Path=/`)
  headers.append("set-cookie", "b=2")
  expect(scrubHeaders(credentialed, headers).getSetCookie()).toEqual([`a=${GONE}; Path=/`, "b=2"])
})

test("bytes that are no text pass through, and what is clean comes back as it was", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, code) => code)
  const headers = new Headers({ a: "b" })
  expect(scrubBody(credentialed, bytes)).toBe(bytes)
  expect(scrubHeaders(credentialed, headers)).toBe(headers)
  const around = Buffer.concat([bytes, Buffer.from(KEY), bytes])
  expect(scrubBody(credentialed, around)).toEqual(Buffer.concat([bytes, Buffer.from(GONE), bytes]))
})

test("a view into a larger buffer is scrubbed where it begins", () => {
  const bytes = new TextEncoder().encode(`xx${KEY}yy`)
  expect(Buffer.from(scrubBody(credentialed, bytes.subarray(2))).toString()).toBe(`${GONE}yy`)
})

test("a route without a credential, or with an empty one, changes nothing", () => {
  for (const bare of [route(undefined), route(new Secret(""))]) {
    expect(Buffer.from(scrubBody(bare, Buffer.from("text"))).toString()).toBe("text")
    expect(scrubHeaders(bare, new Headers({ a: "b" })).get("a")).toBe("b")
  }
})

test("a short credential is removed plain, and its encodings are not hunted by chance", () => {
  const short = route(new Secret("ab"))
  expect(Buffer.from(scrubBody(short, Buffer.from("xaby 6162 YWI="))).toString()).toBe(`x${GONE}y 6162 YWI=`)
})

/** The text itself, unescaped, and every run of it read as hex and as base64. */
function decodings(text: string): string[] {
  const runs = text.match(/[A-Za-z0-9+/_-]{8,}/g) ?? []
  const unescaped = text.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  return [text, unescaped, text.replaceAll("\\/", "/")].concat(
    runs.flatMap((run) => [
      Buffer.from(run, "hex").toString("latin1"),
      ...[0, 1, 2, 3].map((offset) => Buffer.from(run.slice(offset), "base64").toString("latin1")),
    ]),
  )
}

function route(secret: Secret | undefined): CredentialedRoute {
  return {
    host: "api.example.com",
    port: 443,
    scheme: "https",
    effect: "allow",
    inspect: true,
    matches: "every",
    origin: "bottle dev",
    ...(secret === undefined ? {} : { secret }),
  }
}
