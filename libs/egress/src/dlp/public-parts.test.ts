// Credentials as they really look: ordinary work does not meet them, and the secret in them is found.

import { expect, test } from "bun:test"
import { createHmac, generateKeyPairSync, randomBytes } from "node:crypto"
import { Secret } from "@bot-bottle/contracts"
import { createKnownSecrets } from "./known-secrets.ts"
import { tellingParts } from "./public-parts.ts"

const base62 = (length: number) =>
  randomBytes(4 * length)
    .toString("base64")
    .replace(/[+/=]/g, "")
    .slice(0, length)
const jwt = (claims: object, key = "k") => {
  const text = [{ alg: "RS256", typ: "JWT", kid: "1934" }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".")
  return `${text}.${createHmac("sha512", key).update(text).digest("base64url")}`
}
const claims = (account: string) => ({
  aud: ["https://api.openai.com/v1"],
  exp: 4102444800,
  "https://api.openai.com/auth": { chatgpt_account_id: account, chatgpt_plan_type: "pro" },
  iss: "https://auth.openai.com",
})
const pem = (type: "pkcs1" | "pkcs8") =>
  generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type, format: "pem" }).toString()

// biome-ignore format: a table
const KINDS = [
  // kind                    makes one of it
  ["Anthropic",              () => `sk-ant-api03-${base62(93)}AA`],
  ["Claude's OAuth",         () => `sk-ant-oat01-${base62(93)}AA`],
  ["OpenAI",                 () => `sk-proj-${base62(74)}T3BlbkFJ${base62(74)}`],
  ["GitHub, classic",        () => `ghp_${base62(36)}`],
  ["GitHub, fine-grained",   () => `github_pat_${base62(22)}_${base62(59)}`],
  ["AWS",                    () => randomBytes(30).toString("base64")],
  ["AWS, for a session",     () => `IQoJb3JpZ2luX2VjEHQaCXVzLWVhc3QtMSJH${base62(400)}`],
  ["JWT",                    () => jwt(claims("5c3b6a9e-0000-4000-8000-1234567890ab"), base62(9))],
  ["PEM",                    () => pem("pkcs8")],
  ["PEM, RSA",               () => pem("pkcs1")],
  ["hex",                    () => randomBytes(20).toString("hex")],
  ["UUID",                   () => crypto.randomUUID()],
] as const

test.each(KINDS)(
  "INV-110: of a credential of %s another of its kind holds nothing, in any form; a part of its secret does",
  (_, make) => {
    const secret = make()
    const find = finder(secret)
    for (let turn = 0; turn < 5; turn++) {
      const other = make()
      const forms = [
        other,
        encodeURIComponent(other),
        JSON.stringify(other),
        Buffer.from(other).toString("base64"),
        Buffer.from(other).toString("hex"),
      ]
      expect(forms.map(find)).toEqual(forms.map(() => 0))
    }
    expect(find(`before ${secret} after`)).toBeGreaterThan(0)
    expect(find(Buffer.from(`user:${secret}`).toString("base64"))).toBeGreaterThan(0)
    const line = secret.split("\n").at(5) ?? secret
    for (const end of [1, 5, 9]) expect(find(`x${line.slice(-end - 26, -end)}x`)).toBeGreaterThan(0)
  },
)

const WORDY = "sk-ant-api03-the-operators-own-key-1234567890"

// biome-ignore format: a table
test.each([
  // text                                                     found
  ["it is the operators own key, the-operators-own-one",     0],
  ["bot-bottle-placeholder-the-real-one-stays-on-the-host",  0],
  [WORDY,                                                    1],
  [WORDY.slice(13),                                          1],
  ["n-key-1234567890",                                       1],
  [Buffer.from(WORDY).toString("base64"),                    1],
] as const)("INV-110: of a key made of words, %j is found %i times", (text, times) => {
  expect(finder(WORDY)(text)).toBe(times)
})

test("INV-110: the head of a JWT, its claims and the lines around a private key are in other texts, too", () => {
  const token = jwt(claims("a"))
  const [head = "", said = "", signature = ""] = token.split(".")
  const find = finder(token)
  expect([`${head}.`, said, `${head}.${said}.`].map(find)).toEqual([0, 0, 0])
  expect(find(signature)).toBe(1)
  // One without a signature to speak of is looked for past its head.
  expect(finder(`${head}.${said}.`)(said)).toBe(1)
  const key = pem("pkcs8")
  expect(
    finder(key)("-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n"),
  ).toBe(0)
})

test("random characters hardly ever read as words, so that of a real key nothing is passed over", () => {
  const makers = [
    base62,
    (length: number) => randomBytes(length).toString("hex"),
    (length: number) => randomBytes(length).toString("base64url"),
  ]
  const passedOver = makers.map((make) =>
    Array.from({ length: 200 }, () => make(64)).filter((text) => tellingParts(text, 12)[0] !== text),
  )
  for (const texts of passedOver) expect(texts.length).toBeLessThan(10)
})

function finder(secret: string): (text: string) => number {
  const detector = createKnownSecrets([new Secret(secret)])
  if (detector === undefined) throw new Error("no detector")
  return (text) => detector.find(Buffer.from(text)).length
}
