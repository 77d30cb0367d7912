import { expect, test } from "bun:test"
import { estimateInputTokens } from "./input-estimate.ts"

const WORDS = "word ".repeat(1000)
const PNG_100_BY_75 = `data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAGQAAABL${"A".repeat(8000)}`

// biome-ignore format: a table
test.each([
  // what the request has more                                                                         its own tokens
  [{ messages: [{ role: "user", content: WORDS }] },                                                   1000, 1100],
  [{ messages: [{ role: "user", content: [{ type: "text", text: WORDS }] }] },                         1000, 1100],
  [{ messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: PNG_100_BY_75 } }] }] }, 255, 275],
  [{ messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: PNG_100_BY_75, detail: "low" } }] }] }, 85, 100],
  [{ messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "https://x.example/a.png" } }] }] }, 1445, 1470],
  [{ messages: [{ role: "user", content: [{ type: "input_audio", input_audio: { data: "A".repeat(40_000), format: "mp3" } }] }] }, 300, 320],
  [{ messages: [{ role: "user", content: [{ type: "file", file: { file_id: "file_1" } }] }] },         100_000, 201_000],
  [{ messages: [{ role: "assistant", content: null, tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: WORDS } }] }] }, 1000, 1100],
  [{ messages: [{ role: "assistant", content: "", reasoning_content: WORDS }] },                       1000, 1100],
  [{ messages: [{ role: "tool", tool_call_id: "c", content: WORDS }] },                                1000, 1100],
  [{ tools: [{ type: "function", function: { name: "f", description: WORDS } }] },                     1000, 1120],
  [{ functions: [{ name: "f", description: WORDS }] },                                                 1000, 1120],
  [{ response_format: { type: "json_schema", json_schema: { schema: { description: WORDS } } } },      1000, 1120],
  [{ something_new: WORDS },                                                                           1000, 1120],
  [{ web_search_options: {} },                                                                         20_000, 20_100],
  [{ input: WORDS },                                                                                   1000, 1100],
  [{ input: [WORDS, WORDS] },                                                                          2000, 2100],
  [{ input: [[1, 2, 3], [4]] },                                                                        4,    5],
  [{ input: [1, 2, 3] },                                                                               3,    4],
  [{ metadata: { a: WORDS }, user: WORDS, temperature: 1, stop: ["a"] },                               0,    1],
] as const)("%j is counted for what it costs", async (more, least, most) => {
  const [withMore, without] = await Promise.all([more, {}].map((request) => estimateInputTokens(request, "gpt-4o")))
  expect(withMore! - without!).toBeWithin(least, most)
})
