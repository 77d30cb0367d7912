import { expect, test } from "bun:test"
import { clampOutput, readRequest } from "./request.ts"

const HELLO = '"model":"claude-sonnet-4-5","messages":[{"role":"user","content":"Hello"}]'

// biome-ignore format: a table
test.each([
  // body                                    maxOutputTokens  stream
  [`{${HELLO},"max_tokens":64}`,             64,              false],
  [`{${HELLO},"max_tokens":64,"stream":true}`, 64,            true],
  [`{${HELLO}}`,                             undefined,       false],
] as const)("readRequest reads %s", (body, maxOutputTokens, stream) => {
  const request = readRequest(bytes(body))
  expect(request).toEqual({ model: "claude-sonnet-4-5", maxOutputTokens, stream, inputTokens: request!.inputTokens })
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
])("readRequest refuses %s: %s", (body) => {
  expect(readRequest(bytes(body))).toBeUndefined()
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
