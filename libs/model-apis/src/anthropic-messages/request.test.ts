import { expect, test } from "bun:test"
import { clampOutput, readRequest } from "./request.ts"

const HELLO = '"model":"claude-sonnet-4-5","messages":[{"role":"user","content":"Hello"}]'

// biome-ignore format: a table
test.each([
  // body                                    maxOutputTokens  stream
  [`{${HELLO},"max_tokens":64}`,             64,              false],
  [`{${HELLO},"max_tokens":64,"stream":true}`, 64,            true],
  [`{${HELLO}}`,                             undefined,       false],
] as const)("readRequest reads %s", async (body, maxOutputTokens, stream) => {
  const request = await readRequest(bytes(body))
  expect(request).toEqual({ model: "claude-sonnet-4-5", maxOutputTokens, stream, inputTokens: request!.inputTokens, cacheWrites: "none" })
})

// biome-ignore format: a table
test.each([
  // content                                                                          kept for at most
  ['"Hello"',                                                                         "none"],
  ['[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}]',               "minutes"],
  ['[{"type":"text","text":"a","cache_control":{"type":"ephemeral","ttl":"1h"}}]',    "hour"],
  // A name may be escaped, so the longest is assumed.
  ['[{"type":"text","text":"a","\\u0063ache_control":{"type":"ephemeral"}}]',         "hour"],
] as const)("readRequest: the input %s is kept for %s", async (content, cacheWrites) => {
  const body = `{"model":"claude-sonnet-4-5","service_tier":"auto","messages":[{"role":"user","content":${content}}]}`
  expect(await readRequest(bytes(body))).toMatchObject({ cacheWrites, serviceTier: "auto" })
})

test.each([
  ["", "nothing"],
  ["{", "torn"],
  ["[1]", "a list"],
  [`{"messages":[]}`, "no model"],
  [`{"model":"m"}`, "no messages"],
  [`{"model":"m","requests":[]}`, "a batch"],
  [`{${HELLO},"max_tokens":"64"}`, "a limit that is text"],
  [`{${HELLO},"max_tokens":-1}`, "a negative limit"],
  [`{${HELLO},"max_tokens":1.5}`, "a fractional limit"],
  [`{"max_tokens":9000,${HELLO},"max_tokens":1}`, "two limits, of which parsers take either"],
  [`{${HELLO},"max_tokens":1,"max\\u005ftokens":9000}`, "two limits, one of them escaped"],
  [`{${HELLO},"max_tokens":1,"Max_Tokens":9000}`, "two limits, to a gateway that reads names in any case"],
  [`{"model":"claude-opus-4-6",${HELLO},"max_tokens":1}`, "two models"],
  [`{"model":"\\u001b[2J","messages":[],"max_tokens":1}`, "a model's name that a terminal would obey"],
  [`{${HELLO},"messages":[],"max_tokens":1}`, "two conversations"],
  [`{"system":"long","system":"",${HELLO},"max_tokens":1}`, "two system prompts"],
  [`{${HELLO},"thinking":{"type":"disabled"},"thinking":{"type":"adaptive"}}`, "two ways of thinking"],
])("readRequest refuses %s: %s", async (body) => {
  expect(await readRequest(bytes(body))).toBeUndefined()
})

const BLANKS = " ".repeat(300_000)
const NESTED = '[{"type":"tool_result","content":'.repeat(20_000)

test.each([
  // Past what the reader that lowers the limit holds: it would add a second one before this.
  ["a limit after 300 KB of blanks", `{${HELLO},"max_tokens":${BLANKS}9000}`],
  ["a limit before 300 KB of blanks", `{${HELLO},"max_tokens":9000${BLANKS}}`],
  ["a limit of 300 KB of digits", `{${HELLO},"max_tokens":9000.${"0".repeat(300_000)}}`],
  ["a model's name of 257 characters", `{"model":"${"m".repeat(257)}","messages":[],"max_tokens":1}`],
  [
    "content nested 20,000 deep",
    `{"model":"m","max_tokens":1,"messages":[{"content":${NESTED}""${"}]".repeat(20_000)}}]}`,
  ],
  [
    "two conversations, the first too large to be held",
    `{"messages":[{"role":"user","content":"${"x".repeat(300_000)}"}],${HELLO},"max_tokens":1}`,
  ],
  ["a hundred and one fields", `{${HELLO},${Array.from({ length: 100 }, (_, n) => `"f${n}":1`).join()}}`],
  ["two million and one empty objects", `{"model":"m","max_tokens":1,"messages":[${"{},".repeat(700_000)}{}]}`],
] as const)("readRequest refuses %s", async (_what, body) => {
  expect(await readRequest(bytes(body))).toBeUndefined()
})

test("readRequest takes what only looks like it: many signs inside a text, limits inside a message", async () => {
  const content = JSON.stringify('{},"max_tokens":1'.repeat(200_000))
  const body = `{"model":"${"m".repeat(256)}","messages":[{"role":"user","content":${content},"max_tokens":7}],"max_tokens":9}`
  expect((await readRequest(bytes(body)))?.maxOutputTokens).toBe(9)
})

// biome-ignore format: a table
test.each([
  // body                                                                limit  forwarded
  ['{"a":1, "max_tokens": 64000 ,"b":"ü"}',                              500,   '{"a":1, "max_tokens":500,"b":"ü"}'],
  ['{"max_tokens":64,"a":1.0e3}',                                        500,   '{"max_tokens":64,"a":1.0e3}'],
  ['{"max_tokens":9000,"x":{"max_tokens":9000},"max_tokens":9000}',      500,   '{"max_tokens":500,"x":{"max_tokens":9000},"max_tokens":500}'],
  ['{"max\\u005ftokens":9000}',                                          500,   '{"max\\u005ftokens":500}'],
  [' {"a":1}',                                                           500,   ' {"max_tokens":500,"a":1}'],
  ['{"max_tokens":9000,"thinking":{"type":"enabled","budget_tokens":8000}}', 4000, '{"max_tokens":4000,"thinking":{"type":"enabled","budget_tokens":3999}}'],
  ['{"max_tokens":9000,"thinking":{"type":"enabled","budget_tokens":2000}}', 4000, '{"max_tokens":4000,"thinking":{"type":"enabled","budget_tokens":2000}}'],
  ['{"max_tokens":9000,"thinking":{"type":"enabled","budget_tokens":8000}}', 1024, '{"max_tokens":1024,"thinking":{"type":"disabled"}}'],
  ['{"max_tokens":9000,"thinking":{"type":"adaptive"}}',                 500,   '{"max_tokens":500,"thinking":{"type":"adaptive"}}'],
] as const)("clampOutput lowers %s to %i and touches nothing else", (body, limit, forwarded) => {
  expect(new TextDecoder().decode(clampOutput(bytes(body), limit))).toBe(forwarded)
})

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
