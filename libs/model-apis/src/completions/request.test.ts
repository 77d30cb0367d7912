import { expect, test } from "bun:test"
import { clampOutput, readRequest } from "./request.ts"

// biome-ignore format: a table
test.each([
  // request                                                       maxOutputTokens  stream
  [{ prompt: "Once" },                                             undefined,       false],
  [{ prompt: "Once", max_tokens: 64, stream: true },               64,              true],
  [{ prompt: "Once", max_tokens: 64, n: 3 },                       192,             false],
  [{ prompt: "Once", max_tokens: 64, n: 1, best_of: 5 },           320,             false],
  [{ prompt: ["Once", "upon"], max_tokens: 64 },                   128,             false],
  [{ prompt: [[1, 2], [3]], max_tokens: 64, n: 2 },                256,             false],
  [{ prompt: [1, 2, 3], max_tokens: 64 },                          64,              false],
  [{ prompt: null, max_tokens: 0 },                                0,               false],
  [{ max_tokens: null },                                           undefined,       false],
] as const)("readRequest reads %j", async (request, maxOutputTokens, stream) => {
  expect(await read(request)).toMatchObject({ model: "m", maxOutputTokens, stream })
})

test.each([
  [{ max_tokens: "64" }, "a limit that is text"],
  [{ max_tokens: -1 }, "a negative limit"],
  [{ n: 0 }, "no answer"],
  [{ best_of: 1_000 }, "a thousand answers"],
  [{ n: 8, prompt: Array(17).fill("x") }, "a thousand answers to several prompts"],
  [{ Best_Of: 100 }, "a number of answers in another case"],
  [{ Prompt: ["x", "y"] }, "prompts in another case"],
])("readRequest refuses %j: %s", async (request) => {
  expect(await read(request)).toBeUndefined()
})

test("prompts, suffix and counted tokens are part of the input", async () => {
  const tokens = async (more: object) => (await read(more))?.inputTokens ?? 0
  const none = await tokens({ prompt: "" })
  expect(await tokens({ prompt: "word ".repeat(1000) })).toBeWithin(1300, 1500)
  expect((await tokens({ prompt: new Array(1000).fill(1) })) - none).toBe(1300)
  expect((await tokens({ prompt: [new Array(500).fill(1), new Array(500).fill(1)] })) - none).toBe(1300)
  expect((await tokens({ prompt: "", suffix: "word ".repeat(100) })) - none).toBeWithin(130, 150)
})

// biome-ignore format: a table
test.each([
  // body                                                   limit  forwarded
  ['{"max_tokens": 64000 ,"b":"ü"}',                        500,   '{"max_tokens":500,"b":"ü"}'],
  ['{"max_tokens":64}',                                     500,   '{"max_tokens":64}'],
  ['{"n":4,"max_tokens":900}',                              500,   '{"n":4,"max_tokens":125}'],
  ['{"best_of":5,"max_tokens":900,"prompt":["a","b"]}',     500,   '{"best_of":5,"max_tokens":50,"prompt":["a","b"]}'],
  ['{"prompt":"a"}',                                        500,   '{"max_tokens":16,"prompt":"a"}'],
  ['{"max_tokens":null}',                                   8,     '{"max_tokens":8}'],
] as const)("clampOutput lowers %s to %i, and raises no limit that a server has of its own", (body, limit, forwarded) => {
  expect(new TextDecoder().decode(clampOutput(new TextEncoder().encode(body), limit))).toBe(forwarded)
})

function read(request: object) {
  return readRequest(new TextEncoder().encode(JSON.stringify({ model: "m", ...request })))
}
