import { expect, test } from "bun:test"
import {
  RESPONSE_CODE,
  readDnsRequest,
  readResponseCode,
  TYPE_A,
  writeDnsAnswer,
  writeDnsQuestion,
} from "./dns-message.ts"

test("a question is read, and answered with the very bytes it was asked in", () => {
  // A resolver that mixes cases to know its answers again, and adds an OPT record.
  const asked = Buffer.concat([
    writeDnsQuestion(0xbeef, "Api.EXAMPLE.com"),
    Buffer.from("00002904d0000000000000", "hex"),
  ])
  asked[11] = 1
  const request = readDnsRequest(asked)
  if (request.kind !== "question") throw new Error(request.kind)
  expect({ name: request.name, type: request.type, id: request.head.id }).toEqual({
    name: "api.example.com",
    type: TYPE_A,
    id: 0xbeef,
  })
  expect(Buffer.from(writeDnsAnswer(request, RESPONSE_CODE.ok, "127.64.0.1")).toString("hex")).toBe(
    `beef8580000100010000000003417069074558414d504c4503636f6d0000010001c00c000100010000003c00047f400001`,
  )
})

test("without an address the answer is empty, and still an authority's", () => {
  const request = readDnsRequest(packet({}))
  if (request.kind === "ignored") throw new Error("ignored")
  const answer = writeDnsAnswer(request, RESPONSE_CODE.noSuchName)
  expect([readResponseCode(answer), Buffer.from(answer.subarray(2, 12)).toString("hex")]).toEqual([
    RESPONSE_CODE.noSuchName,
    "85830001000000000000",
  ])
})

const NAME = `${label("api")}${label("example")}${label("com")}00`

// biome-ignore format: a table
test.each([
  // what                                     packet                                              read as
  ["nothing",                                 hex(""),                                            "ignored"],
  ["half a header",                           packet({}).subarray(0, 11),                         "ignored"],
  ["an answer",                               packet({ flags: "8180" }),                          "ignored"],
  ["an update",                               packet({ flags: "2800" }),                          RESPONSE_CODE.notImplemented],
  ["a truncated question",                    packet({ flags: "0300" }),                          RESPONSE_CODE.formatError],
  ["no question",                             packet({ counts: "0000" }),                         RESPONSE_CODE.formatError],
  ["two questions",                           packet({ counts: "0002" }),                         RESPONSE_CODE.formatError],
  ["65535 questions",                         packet({ counts: "ffff" }),                         RESPONSE_CODE.formatError],
  ["a pointer to itself",                     packet({ name: "c00c" }),                           RESPONSE_CODE.formatError],
  ["a pointer behind a label",                packet({ name: `${label("api")}c00c` }),            RESPONSE_CODE.formatError],
  ["a label of a kind nobody has",            packet({ name: "4161" }),                           RESPONSE_CODE.formatError],
  ["a label that runs out of the packet",     packet({ name: "3f61", end: "" }),                  RESPONSE_CODE.formatError],
  ["a name that never ends",                  packet({ name: label("a"), end: "" }),              RESPONSE_CODE.formatError],
  ["a name of 256 bytes",                     packet({ name: `${label("a".repeat(63)).repeat(4)}00` }), RESPONSE_CODE.formatError],
  ["no type",                                 packet({ end: "" }),                                RESPONSE_CODE.formatError],
  ["half a class",                            packet({ end: "000100" }),                          RESPONSE_CODE.formatError],
  ["another class",                           packet({ end: "00010003" }),                        RESPONSE_CODE.refused],
  ["a whole zone",                            packet({ end: "00fc0001" }),                        RESPONSE_CODE.refused],
  ["the root",                                packet({ name: "00" }),                             RESPONSE_CODE.noSuchName],
  ["a name with a space",                     packet({ name: `${label("a b")}00` }),              RESPONSE_CODE.noSuchName],
  ["a name with a dot in a label",            packet({ name: `${label("a.b")}00` }),              RESPONSE_CODE.noSuchName],
  ["a name with a NUL",                       packet({ name: `${label("a\0b")}00` }),             RESPONSE_CODE.noSuchName],
  ["a name outside ASCII",                    packet({ name: `${label("\xe4")}00` }),             RESPONSE_CODE.noSuchName],
  // Controls.
  ["a name",                                  packet({}),                                         "api.example.com 1"],
  ["a name of 255 bytes",                     packet({ name: `${label("a".repeat(63)).repeat(3)}${label("a".repeat(61))}00` }), `${`${"a".repeat(63)}.`.repeat(3)}${"a".repeat(61)} 1`],
  ["another type",                            packet({ end: "001c0001" }),                        "api.example.com 28"],
  ["what a client adds behind the question",  packet({ end: "00010001ffffffff" }),                "api.example.com 1"],
] as const)("%s is read as %3$p", (_what, bytes, expected) => {
  const request = readDnsRequest(bytes)
  const seen =
    request.kind === "question" ? `${request.name} ${request.type}` : request.kind === "refusal" ? request.code : "ignored"
  expect<unknown>(seen).toBe(expected)
})

test("no packet of random bytes is anything but read or refused, and no answer is longer than it and a record", () => {
  for (let round = 0; round < 20_000; round += 1) {
    const bytes = crypto.getRandomValues(new Uint8Array(round % 80))
    // So that most get past the header.
    if (bytes.length > 6) bytes.set([bytes[2]! & 1, 0, 0, 1], 2)
    const request = readDnsRequest(bytes)
    if (request.kind === "ignored") continue
    expect(writeDnsAnswer(request, RESPONSE_CODE.ok, "127.64.0.1").length).toBeLessThanOrEqual(
      Math.max(12, bytes.length) + 16,
    )
  }
})

function packet({ flags = "0100", counts = "0001", name = NAME, end = "00010001" } = {}): Buffer {
  return hex(`0001${flags}${counts}000000000000${name}${end}`)
}

function label(text: string): string {
  return text.length.toString(16).padStart(2, "0") + Buffer.from(text, "latin1").toString("hex")
}

function hex(text: string): Buffer {
  return Buffer.from(text, "hex")
}
