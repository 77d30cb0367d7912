import { expect, test } from "bun:test"
import { clampOutput, readRequest } from "./request.ts"

const HELLO = '"model":"gpt-5.2","input":"Hello"'

// biome-ignore format: a table
test.each([
  // body                                          maxOutputTokens  stream
  [`{${HELLO}}`,                                   undefined,       false],
  [`{${HELLO},"max_output_tokens":null}`,          undefined,       false],
  [`{${HELLO},"max_output_tokens":64}`,            64,              false],
  [`{${HELLO},"stream":true,"background":false}`,  undefined,       true],
  [`{"model":"gpt-5.2"}`,                          undefined,       false],
] as const)("readRequest reads %s", async (body, maxOutputTokens, stream) => {
  const request = await readRequest(bytes(body))
  expect(request).toMatchObject({ model: "gpt-5.2", maxOutputTokens, stream, repeatedTokens: 0 })
  expect(request?.inputTokens).toBeWithin(10, 30)
})

test.each([
  ["", "nothing"],
  ["{", "torn"],
  ["[1]", "a list"],
  [`{"input":"Hello"}`, "no model"],
  [`{"model":"gpt-5.2","input":7}`, "an invalid input"],
  [`{"model":"\\u001b[2J","input":""}`, "a model's name that a terminal would obey"],
  [`{${HELLO},"max_output_tokens":"64"}`, "a limit that is text"],
  [`{${HELLO},"max_output_tokens":-1}`, "a negative limit"],
  [`{${HELLO},"background":true}`, "an answer that continues without us"],
  [`{${HELLO},"background":1}`, "the same in another spelling"],
  [`{"max_output_tokens":9000,${HELLO},"max_output_tokens":1}`, "two limits, of which parsers take either"],
  [`{${HELLO},"max_output_tokens":1,"max\\u005foutput_tokens":9000}`, "two limits, one of them escaped"],
  [`{${HELLO},"input":[]}`, "two inputs"],
  [`{"background":false,${HELLO},"background":true}`, "two ways of answering"],
])("readRequest refuses %s: %s", async (body) => {
  expect(await readRequest(bytes(body))).toBeUndefined()
})

test.each([
  ["a limit after 300 KB of blanks", `{${HELLO},"max_output_tokens":${" ".repeat(300_000)}9000}`],
  ["an input nested 100,000 deep", `{"model":"gpt-5.2","input":${"[".repeat(100_000)}${"]".repeat(100_000)}}`],
  ["a hundred and one fields", `{${HELLO},${Array.from({ length: 100 }, (_, n) => `"f${n}":1`).join()}}`],
] as const)("readRequest refuses %s", async (_what, body) => {
  expect(await readRequest(bytes(body))).toBeUndefined()
})

// biome-ignore format: a table
test.each([
  // what the request continues                                   least    most
  [{ previous_response_id: "resp_known" },                        5000,    5040],
  [{ previous_response_id: "resp_unknown" },                      400_000, 400_040],
  [{ conversation: "conv_1" },                                    400_000, 400_040],
  [{ conversation: { id: "conv_1" }, previous_response_id: null }, 400_000, 400_040],
  [{ prompt: { id: "pmpt_1" } },                                  400_000, 400_080],
  [{ input: [{ type: "item_reference", id: "msg_1" }] },          400_000, 400_080],
  [{ input: [{ id: "msg_1" }] },                                  400_000, 400_080],
  [{ previous_response_id: null },                                1,       40],
] as const)("what a request continues is counted with it, and a full window where nobody knows: %j", async (more, least, most) => {
  const known = { tokensOf: (id: string) => (id === "resp_known" ? 5000 : undefined) }
  const request = await readRequest(bytes(JSON.stringify({ model: "gpt-5.2", input: "Hi", ...more })), known)
  expect(request?.inputTokens).toBeWithin(least, most)
})

test("an unknown chain of a model that is not listed fills the largest window there is", async () => {
  const body = JSON.stringify({ model: "gpt-9-large", previous_response_id: "resp_x" })
  expect((await readRequest(bytes(body)))?.inputTokens).toBeGreaterThan(1_000_000)
})

// biome-ignore format: a table
test.each([
  // body                                                                      limit  forwarded
  ['{"a":1, "max_output_tokens": 64000 ,"b":"ü"}',                             500,   '{"a":1, "max_output_tokens":500,"b":"ü"}'],
  ['{"max_output_tokens":64,"a":1.0e3}',                                       500,   '{"max_output_tokens":64,"a":1.0e3}'],
  ['{"max_output_tokens":null}',                                               500,   '{"max_output_tokens":500}'],
  ['{"x":{"max_output_tokens":9000}}',                                         500,   '{"max_output_tokens":500,"x":{"max_output_tokens":9000}}'],
  ['{"max\\u005foutput_tokens":9000}',                                         500,   '{"max\\u005foutput_tokens":500}'],
  [' {"a":1}',                                                                 500,   ' {"max_output_tokens":500,"a":1}'],
] as const)("clampOutput lowers %s to %i and touches nothing else", (body, limit, forwarded) => {
  expect(new TextDecoder().decode(clampOutput(bytes(body), limit))).toBe(forwarded)
})

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
