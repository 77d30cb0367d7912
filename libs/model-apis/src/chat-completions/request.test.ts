import { expect, test } from "bun:test"
import { clampOutput, readRequest } from "./request.ts"

const HELLO = '"model":"gpt-4o","messages":[{"role":"user","content":"Hello"}]'

// biome-ignore format: a table
test.each([
  // body                                                           maxOutputTokens  stream
  [`{${HELLO}}`,                                                    undefined,       false],
  [`{${HELLO},"max_tokens":null,"n":null}`,                         undefined,       false],
  [`{${HELLO},"max_tokens":64}`,                                    64,              false],
  [`{${HELLO},"max_completion_tokens":64,"stream":true}`,           64,              true],
  [`{${HELLO},"max_tokens":64,"max_completion_tokens":900}`,        900,             false],
  [`{${HELLO},"max_tokens":64,"n":3}`,                              192,             false],
] as const)("readRequest reads %s", async (body, maxOutputTokens, stream) => {
  expect(await readRequest(bytes(body))).toMatchObject({ maxOutputTokens, stream })
})

test.each([
  ["", "nothing"],
  ["[1]", "a list"],
  [`{"messages":[]}`, "no model"],
  [`{"model":"m"}`, "no messages"],
  [`{"model":"m","messages":"Hello"}`, "messages of a wrong shape"],
  [`{"model":"m","prompt":"Hello"}`, "a legacy completion"],
  [`{${HELLO},"max_tokens":"64"}`, "a limit that is text"],
  [`{${HELLO},"max_completion_tokens":-1}`, "a negative limit"],
  [`{${HELLO},"n":0}`, "no answer"],
  [`{${HELLO},"n":1000}`, "a thousand answers"],
  [`{${HELLO},"n":1,"n":100}`, "two numbers of answers"],
  [`{${HELLO},"max_tokens":1,"max\\u005ftokens":9000}`, "two limits, one of them escaped"],
  [`{${HELLO},"messages":[]}`, "two conversations"],
  [`{${HELLO},"max_tokens":1,"Max_Tokens":9000}`, "two limits, to a server that reads names in any case"],
  [`{"model":"m","input":"x"}`, "texts to embed"],
  [`{${HELLO},"Web_Search_Options":{}}`, "a search in another case"],
])("readRequest refuses %s: %s", async (body) => {
  expect(await readRequest(bytes(body))).toBeUndefined()
})

// biome-ignore format: a table
test.each([
  // body                                                               limit  forwarded
  ['{"a":1, "max_tokens": 64000 ,"b":"ü"}',                             500,   '{"a":1, "max_tokens":500,"b":"ü"}'],
  ['{"max_tokens":64,"a":1.0e3}',                                       500,   '{"max_tokens":64,"a":1.0e3}'],
  ['{"max_tokens":64,"max_completion_tokens":9000}',                    500,   '{"max_tokens":64,"max_completion_tokens":500}'],
  ['{"n":4,"max_tokens":900}',                                          500,   '{"n":4,"max_tokens":125}'],
  ['{"n":4,"max_tokens":900}',                                          2,     '{"n":4,"max_tokens":1}'],
  ['{"model":"gpt-4o"}',                                                500,   '{"max_tokens":500,"model":"gpt-4o"}'],
  ['{"model":"gpt-4o","max_tokens":null}',                              500,   '{"model":"gpt-4o","max_tokens":500}'],
  ['{"model":"o3","max_tokens":null}',                                  500,   '{"max_completion_tokens":500,"model":"o3","max_tokens":null}'],
  ['{"model":"gpt-5.2"}',                                               500,   '{"max_completion_tokens":500,"model":"gpt-5.2"}'],
  ['{"model":"gpt-oss:20b"}',                                           500,   '{"max_tokens":500,"model":"gpt-oss:20b"}'],
  ['{"model":"qwen3","max_completion_tokens":900,"max_tokens":null}',   500,   '{"model":"qwen3","max_completion_tokens":500,"max_tokens":null}'],
] as const)("clampOutput lowers %s to %i and touches nothing else", (body, limit, forwarded) => {
  expect(new TextDecoder().decode(clampOutput(bytes(body), limit))).toBe(forwarded)
})

// biome-ignore format: a table
test.each([
  // what the request holds                                                               what is reached
  [{ tools: [{ type: "function", function: { name: "f" } }] },                            []],
  [{ web_search_options: {} },                                                            ["web_search_options"]],
  [{ search_parameters: { mode: "auto" } },                                               ["search_parameters"]],
  [{ plugins: [{ id: "web" }] },                                                          ["plugins"]],
  [{ web_search: false },                                                                 []],
  [{ model: "gpt-4o-search-preview" },                                                    ["a model that searches"]],
  [{ model: "openai/gpt-5:online" },                                                      ["a model that searches"]],
  [{ tools: [{ type: "web_search" }] },                                                   ["tools[0] web_search"]],
  [{ messages: [{ content: [{ type: "image_url", image_url: { url: "https://x.example/a.png" } }] }] }, ["messages[0] image_url"]],
  [{ messages: [{ content: { type: "image_url", image_url: { url: "https://x.example/a.png" } } }] }, ["messages[0] image_url"]],
  [{ messages: [{ content: [{ type: "image_url", Image_URL: { URL: "https://x.example/a.png" } }] }] }, ["messages[0] Image_URL"]],
  [{ messages: [{ content: [{ type: "video_url", video_url: "https://x.example/a.mp4" }] }] }, ["messages[0] video_url"]],
  [{ messages: [{ content: [{ type: "file", file: { file_data: "https://x.example/a.pdf" } }] }] }, ["messages[0] file"]],
  [{ messages: [{ content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }] }] }, []],
  [{ messages: [{ content: "https://x.example" }] },                                      []],
] as const)("what %j would reach is listed", async (more, what) => {
  const request = await readRequest(bytes(JSON.stringify({ model: "gpt-4o", messages: [], ...more })))
  expect((request?.serverFetches ?? []).map((serverFetch) => serverFetch.what)).toEqual([...what])
})

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
