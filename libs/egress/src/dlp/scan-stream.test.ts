import { describe, expect, test } from "bun:test"
import { Secret } from "@bot-bottle/contracts"
import { chunksOf } from "@bot-bottle/testkit"
import type { Finding } from "./detector.ts"
import { createKnownSecrets } from "./known-secrets.ts"
import { createStreamScan } from "./scan-stream.ts"

const KEY = 'sk-ant-api03-Zq7+Lm/2kP9"xWv4Tn8Rb5Yc3Hd6'
const BODY = KEY.slice(13)
const padding = "All work and no play makes Jack a dull boy. ".repeat(300)

describe.each([1, 2, 7, 64, 100_000])("in pieces of %i bytes", (size) => {
  test.each([
    ["at the start", `${KEY} ${padding}`],
    ["in the middle", `${padding}${KEY}${padding}`],
    ["at the end", `${padding}${KEY}`],
    ["as base64", `${padding}${Buffer.from(`u:${KEY}`).toString("base64")}${padding}`],
    ["as a fragment", `${padding}${BODY.slice(3, 15)}${padding}`],
  ])("INV-110: a credential %s is found, and next to nothing of it was handed on", (_, text) => {
    const { passed, found } = run("block", text, size)
    expect(found?.detector).toBe("known_secrets")
    // The head that all keys of a kind have in common may be lost; in base64 it is twenty letters.
    const most = text.includes(KEY) ? 26 : 46
    expect(passed.length).toBeLessThan(startOf(text) + most)
  })

  test("what holds nothing passes as it was", () => {
    expect(run("block", padding, size)).toEqual({ passed: padding, found: undefined, masked: 0 })
    expect(run("redact", padding, size)).toEqual({ passed: padding, found: undefined, masked: 0 })
  })

  test.each([
    ["as it is", KEY, `sk-ant-api03-${"*".repeat(BODY.length)}`],
    ["twice", `${KEY}, ${KEY}`, `sk-ant-api03-${"*".repeat(BODY.length)}, sk-ant-api03-${"*".repeat(BODY.length)}`],
    ["as hex", Buffer.from(BODY).toString("hex"), "0".repeat(2 * BODY.length)],
  ])("INV-110: to redact writes over a credential %s, and changes no length", (_, text, expected) => {
    const { passed, masked } = run("redact", `${padding}${text}${padding}`, size)
    expect(passed).toBe(`${padding}${expected}${padding}`)
    expect(masked).toBeGreaterThan(0)
  })

  test.each([
    ["a string with escapes", JSON.stringify({ before: "x", key: KEY, after: "y\\" })],
    ["every character escaped", `{"key":"${Buffer.from(KEY).toString("hex").replace(/../g, "\\u00$&")}"}`],
    ["a fragment that begins with an escape", `{"key":"\\${BODY.slice(11, 30)}"}`],
    ["a fragment that ends with one", `{"key":"${BODY.slice(0, 11)}\\"\\\\"}`],
  ])("INV-110: JSON stays JSON when %s is redacted", (_, text) => {
    const { passed, masked } = run("redact", text, size)
    expect(masked).toBeGreaterThan(0)
    expect(passed.length).toBe(text.length)
    expect(passed).not.toContain(BODY.slice(0, 10))
    expect(Object.keys(JSON.parse(passed))).toEqual(Object.keys(JSON.parse(text)))
  })
})

function run(mode: "block" | "redact", text: string, size: number) {
  const known = createKnownSecrets([new Secret(KEY)])
  const scan = createStreamScan(known === undefined ? [] : [known], mode)
  let passed = ""
  let masked = 0
  let found: Finding | undefined
  for (const piece of [...chunksOf(Buffer.from(text), size), undefined]) {
    const scanned = piece === undefined ? scan.end() : scan.push(piece)
    if (scanned.outcome === "found") {
      found = scanned.finding
      break
    }
    passed += Buffer.from(scanned.bytes).toString()
    if (scanned.outcome === "masked") masked += scanned.findings.length
  }
  return { passed, found, masked }
}

function startOf(text: string): number {
  return text.startsWith(padding) ? padding.length : 0
}
