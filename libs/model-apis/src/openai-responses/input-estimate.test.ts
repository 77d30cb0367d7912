import { expect, test } from "bun:test"
import { estimateInput } from "./input-estimate.ts"

const WORDS = "word ".repeat(1000)
const PNG_100_BY_75 = `data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAGQAAABL${"A".repeat(8000)}`

// biome-ignore format: a table
test.each([
  // item                                                                                              its own tokens
  [{ role: "user", content: WORDS },                                                                   1000,    1100],
  [{ role: "user", content: [{ type: "input_text", text: WORDS }] },                                   1000,    1100],
  [{ role: "user", content: [{ type: "input_image", image_url: PNG_100_BY_75 }] },                     255,     275],
  [{ role: "user", content: [{ type: "input_image", image_url: PNG_100_BY_75, detail: "low" }] },      85,      100],
  [{ role: "user", content: [{ type: "input_image", file_id: "file_1" }] },                            1445,    1470],
  [{ role: "user", content: [{ type: "input_file", file_data: `data:application/pdf;base64,${btoa("%PDF /Type /Page /Type/Page")}` }] }, 6000, 9300],
  [{ role: "user", content: [{ type: "input_file", file_id: "file_1" }] },                             100_000, 201_000],
  [{ type: "function_call", call_id: "c", name: "f", arguments: JSON.stringify({ text: WORDS }) },     1000,    1120],
  [{ type: "function_call_output", call_id: "c", output: WORDS },                                      1000,    1120],
  [{ type: "function_call_output", call_id: "c", output: [{ type: "input_image", image_url: PNG_100_BY_75 }] }, 255, 300],
  [{ type: "custom_tool_call_output", call_id: "c", output: WORDS },                                   1000,    1120],
  [{ type: "computer_call_output", output: { type: "computer_screenshot", image_url: PNG_100_BY_75 } }, 255,    300],
  [{ type: "reasoning", summary: [], encrypted_content: "A".repeat(4000) },                            1000,    1040],
  [{ type: "compaction", encrypted_content: "A".repeat(4000) },                                        1000,    1040],
  [{ type: "image_generation_call", result: PNG_100_BY_75.slice(22) },                                 255,     300],
  [{ type: "additional_tools", tools: [{ type: "function", name: "f", description: WORDS }] },         1000,    1120],
  [{ type: "something_new", text: WORDS },                                                             1000,    1120],
  [WORDS,                                                                                              1000,    1120],
] as const)("an item %j is counted for what it costs", async (item, least, most) => {
  const [withItem, without] = await Promise.all([[item], []].map((input) => estimateInput({ input }, "gpt-4o")))
  expect(withItem!.tokens - without!.tokens).toBeWithin(least, most)
})

test("instructions and tools are counted, and known as what every request brings along", async () => {
  const none = await estimateInput({ input: "Hi" }, "gpt-4o")
  const tools = [{ type: "function", name: "read", description: WORDS, parameters: {} }]
  const all = await estimateInput({ input: "Hi", instructions: WORDS, tools }, "gpt-4o")
  expect(all.tokens - none.tokens).toBe(all.repeatedTokens)
  expect(all.repeatedTokens).toBeWithin(2000, 2200)
})

test("what a server-side tool may read is allowed for, as often as it may be used", async () => {
  const tokens = async (more: object) => (await estimateInput({ input: "Hi", ...more }, "gpt-4o")).tokens
  const search = { tools: [{ type: "web_search" }] }
  const none = await tokens({})
  expect((await tokens(search)) - none).toBeWithin(100_000, 102_000)
  expect((await tokens({ ...search, max_tool_calls: 2 })) - none).toBeWithin(40_000, 42_000)
  expect((await tokens({ tools: [{ type: "custom", name: "exec" }] })) - none).toBeLessThan(100)
})

test("fields nobody here knows are counted as text, and settings are not", async () => {
  const tokens = async (more: object) => (await estimateInput({ input: "Hi", ...more }, "gpt-4o")).tokens
  const none = await tokens({})
  const schema = { format: { type: "json_schema", schema: { description: WORDS } } }
  expect((await tokens({ text: schema })) - none).toBeGreaterThan(1000)
  expect(await tokens({ metadata: { a: WORDS }, store: false, temperature: 1, reasoning: { effort: "low" } })).toBe(
    none,
  )
})

test("a model whose vocabulary is not known here is taken to make more tokens", async () => {
  const request = { input: WORDS }
  const [own, other] = await Promise.all(["gpt-4o", "llama-4"].map((model) => estimateInput(request, model)))
  expect(other!.tokens / own!.tokens).toBeCloseTo(1.3, 2)
})
