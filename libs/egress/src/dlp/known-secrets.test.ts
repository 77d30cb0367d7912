import { expect, test } from "bun:test"
import { Secret } from "@bot-bottle/contracts"
import { createKnownSecrets } from "./known-secrets.ts"

const BODY = "Zq7+Lm/2kP9xWv4Tn8Rb5Yc3Hd6Js1Ag0Fe"
const KEY = `sk-ant-api03-${BODY}`
const OTHER = "ghp_tU6yN2mK8wQ4zX0cV7bR9sD1fG5hJ3lP"

const hex = Buffer.from(KEY).toString("hex")
const base64 = (text: string) => Buffer.from(text).toString("base64")

// biome-ignore format: a table
test.each([
  ["as it is",                       KEY],
  ["without the head all have",      BODY],
  ["another one",                    OTHER],
  ["a fragment from its middle",     BODY.slice(7, 19)],
  ["its last twelve characters",     BODY.slice(-12)],
  ["reversed",                       [...KEY].reverse().join("")],
  ["a reversed fragment",            [...BODY].reverse().join("").slice(3, 15)],
  ["base64",                         base64(KEY)],
  ["base64, one byte before it",     base64(`:${KEY}`)],
  ["base64, two bytes before it",    base64(`u:${KEY}`)],
  ["base64 for URLs",                Buffer.from(`u:${KEY}`).toString("base64url")],
  ["base64 in lines",                base64(`some text before it ${KEY}`).replace(/.{76}/g, "$&\n")],
  ["base64 of UTF-16",               Buffer.from(`x${KEY}`, "utf16le").toString("base64")],
  ["base64 of a fragment",           base64(`--${BODY.slice(4, 18)}--`)],
  ["hex",                            hex],
  ["upper-case hex",                 hex.toUpperCase()],
  ["hex in pairs",                   hex.replace(/..(?=.)/g, "$&:")],
  ["hex as xxd prints it",           hex.replace(/..../g, "$& ")],
  ["hex of a fragment",              Buffer.from(BODY.slice(5, 17)).toString("hex")],
  ["percent-encoded",                encodeURIComponent(KEY)],
  ["percent-encoded, lower case",    encodeURIComponent(KEY).replace(/%../g, (byte) => byte.toLowerCase())],
  ["percent-encoded throughout",     hex.replace(/../g, "%$&")],
  ["in JSON, slashes escaped",       JSON.stringify({ key: KEY }).replaceAll("/", "\\/")],
  ["in JSON, all of it escaped",     hex.replace(/../g, "\\u00$&")],
  ["as a C string",                  hex.replace(/../g, "\\x$&")],
  ["UTF-16",                         Buffer.from(KEY, "utf16le").toString("latin1")],
] as const)("INV-110: a credential is found %s, wherever it stands", (_, form) => {
  const { find } = detector()
  for (let before = 0; before < 12; before++) {
    const text = `${"=".repeat(before)}${form}${"=".repeat(30)}`
    expect(find(Buffer.from(text, "latin1")).length).toBeGreaterThan(0)
  }
})

// biome-ignore format: a table
test.each([
  ["eleven characters of it",        BODY.slice(7, 18)],
  ["what all of its kind begin with", "sk-ant-api03-"],
  ["the agent's placeholder",        "sk-ant-api03-bot-bottle-placeholder-the-real-one-stays-on-the-host-000000"],
  ["half of it and half of another", BODY.slice(7, 17) + OTHER.slice(7, 17)],
  ["ordinary text",                  "The quick brown fox jumps over the lazy dog. ".repeat(200)],
  ["a program",                      createKnownSecrets.toString()],
  ["HTML of its last signs alone",   "&#x3D;&#x3D;&#61;&#61;\\u003d\\u003d"],
  ["nothing",                        ""],
] as const)("INV-110: nothing is found in %s", (_, text) => {
  expect(detector().find(Buffer.from(text))).toEqual([])
})

test("INV-110: what was found says where, how to mask it and who found it, and not what", () => {
  const text = `{"a":"${KEY}","b":"${base64(KEY)}"}`
  const [plain, packed] = detector().find(Buffer.from(text))
  expect(plain).toEqual({ start: 19, end: 19 + BODY.length, mask: 42, detector: "known_secrets" })
  expect(packed).toMatchObject({ mask: 65, detector: "known_secrets" })
})

// biome-ignore format: a table
test.each([
  ["correct-horse-battery", "my correct-horse-battery.", 1],
  ["correct-horse-battery", "my correct-horse-batter.",  0],
  ["hunter22",              "it is hunter22!",           1],
  ["hunter22",              base64("it is hunter22!"),   1],
  ["hunter2",               "it is hunter2!",            0],
  ["0000000000000000000000", "a 00000000000000 b",       1],
] as const)("INV-110: of %j, with little that is secret about it, %j is found %i times", (secret, text, times) => {
  expect((createKnownSecrets([new Secret(secret)])?.find(Buffer.from(text)) ?? []).length).toBe(times)
})

test("INV-110: with no credential there is no detector", () => {
  expect(createKnownSecrets([])).toBeUndefined()
})

function detector() {
  const made = createKnownSecrets([new Secret(KEY), new Secret(OTHER), new Secret(`${BODY}==`), new Secret(KEY)])
  if (made === undefined) throw new Error("no detector")
  return made
}
