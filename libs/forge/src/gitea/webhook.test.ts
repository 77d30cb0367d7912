import { expect, test } from "bun:test"
import { createHmac } from "node:crypto"
import { Secret } from "@bot-bottle/contracts"
import { FIXTURES_FOLDER } from "@bot-bottle/testkit"
import { Glob } from "bun"
import { parseWebhook } from "./parse-webhook.ts"
import { isSignedBy } from "./webhook-signature.ts"

const FOLDER = `${FIXTURES_FOLDER}/forge/webhooks`
const SECRET = new Secret("hooksecret")
const names = [...new Glob("*.json").scanSync(FOLDER)].map((name) => name.slice(0, -".json".length)).sort()

test.each(names)(
  "INV-202: recorded delivery %s is signed; changed by one byte, or by another secret, it is not",
  async (name) => {
    const { signature, body } = await load(name)
    const changed = body.slice()
    changed[changed.length - 2]! ^= 1
    expect(isSignedBy(SECRET, body, signature)).toBe(true)
    expect(isSignedBy(SECRET, changed, signature)).toBe(false)
    expect(isSignedBy(new Secret("hooksecreT"), body, signature)).toBe(false)
  },
)

test.each([undefined, "", "0".repeat(64), "sha256=", "x".repeat(64)])(
  "INV-202: signature %p does not pass",
  async (signature) => {
    const { body } = await load(names[0]!)
    expect(isSignedBy(SECRET, body, signature)).toBe(false)
  },
)

test("INV-202: an empty secret signs nothing, though the signature is right", () => {
  const body = new TextEncoder().encode("{}")
  const signedBy = (secret: string) =>
    isSignedBy(new Secret(secret), body, createHmac("sha256", secret).update(body).digest("hex"))
  expect([signedBy(" "), signedBy("")]).toEqual([true, false])
})

const EVENTS = {
  "201": { kind: "issue", number: 11 },
  "202": { kind: "issue", number: 11 },
  "203": { kind: "issue", number: 11 },
  "204": { kind: "comment", number: 11 },
  "205": { kind: "pull-request", number: 12 },
  "206": { kind: "unknown" },
  "207": { kind: "unknown" },
  "208": { kind: "comment", number: 12 },
  "209": { kind: "comment", number: 12 },
  "210": { kind: "comment", number: 12 },
  "211": { kind: "comment", number: 12 },
  "212": { kind: "pull-request", number: 12 },
  "213": { kind: "pull-request", number: 12 },
  "214": { kind: "pull-request", number: 12 },
  "215": { kind: "issue", number: 11 },
  "216": { kind: "unknown" },
  "217": { kind: "issue", number: 11 },
  "218": { kind: "issue", number: 11 },
  "219": { kind: "comment", number: 11 },
} as const

test.each(names)("parseWebhook: recorded delivery %s", async (name) => {
  const { event, body } = await load(name)
  const expected = EVENTS[name.slice(0, 3) as keyof typeof EVENTS]
  const repository = { owner: "acme", repo: "widgets" }
  expect(parseWebhook(event, new TextDecoder().decode(body))).toEqual(
    expected.kind === "unknown" ? expected : { ...expected, repository },
  )
})

test.each([
  "not json",
  "null",
  "{}",
  JSON.stringify({ repository: { name: "..", owner: { login: "acme" } }, issue: { number: 1 } }),
  JSON.stringify({ repository: { name: "widgets", owner: { login: "a/b" } }, issue: { number: 1 } }),
  JSON.stringify({ repository: { name: "widgets", owner: { login: "acme" } }, issue: { number: "1" } }),
  JSON.stringify({ repository: { name: "widgets", owner: { login: "acme" } } }),
])("parseWebhook: %s is malformed", (body) => {
  expect(parseWebhook("issues", body)).toEqual({ kind: "malformed" })
})

async function load(name: string) {
  const { headers } = await Bun.file(`${FOLDER}/${name}.json`).json()
  return {
    event: headers["X-Gitea-Event"] as string,
    signature: headers["X-Gitea-Signature"] as string,
    body: await Bun.file(`${FOLDER}/${name}.raw`).bytes(),
  }
}
