import { expect, test } from "bun:test"
import { estimateInputTokens } from "./input-estimate.ts"
import { countTokens } from "./tokenizer/count-tokens.ts"

const PNG_100_BY_75 = `iVBORw0KGgoAAAANSUhEUgAAAGQAAABL${"A".repeat(8000)}`

// biome-ignore format: a table
test.each([
  // content block                                                                          its own tokens
  [{ type: "text", text: "" },                                                              0,      10],
  [{ type: "image", source: { type: "base64", media_type: "image/png", data: PNG_100_BY_75 } }, 10, 20],
  [{ type: "image", source: { type: "base64", media_type: "image/jpeg", data: "/9j/4AAQ" } }, 1600, 4800],
  [{ type: "image", source: { type: "url", url: "https://x.example/a.png" } },              1600,   4800],
  [{ type: "document", source: { type: "base64", data: btoa("%PDF /Type /Page /Type/Page /Type /Pages") } }, 6000, 9300],
  [{ type: "document", source: { type: "file", file_id: "file_1" } },                       100_000, 201_000],
  [{ type: "thinking", thinking: "", signature: "A".repeat(4000) },                         900,    1100],
  [{ type: "tool_result", tool_use_id: "toolu_1", content: [{ type: "image", source: { type: "url", url: "u" } }] }, 1600, 4830],
  [{ type: "tool_use", id: "toolu_1", name: "write", input: { text: "word ".repeat(100) } }, 100,   160],
] as const)("a block %j is counted for what it costs", async (block, least, most) => {
  const request = (content: readonly unknown[]) => ({ messages: [{ role: "user", content }] })
  const model = "claude-sonnet-4-5"
  const [withBlock, without] = await Promise.all([request([block]), request([])].map((one) => estimateInputTokens(one, model)))
  expect(withBlock! - without!).toBeWithin(least, most + 10)
})

test("a model that is not known to have the earlier tokenizer is taken to have the newer one", async () => {
  const request = { messages: [{ role: "user", content: "tokenizer ".repeat(1000) }] }
  const estimates = (...models: readonly string[]) =>
    Promise.all(models.map((model) => estimateInputTokens(request, model)))
  const earlier = await estimates("claude-3-5-haiku-20241022", "claude-sonnet-4-20250514", "claude-haiku-4-5-20251001")
  const newer = await estimates("claude-opus-4-7", "claude-opus-4-8", "claude-sonnet-5", "unheard-of")
  expect([new Set(earlier).size, new Set(newer).size]).toEqual([1, 1])
  // Two tokens of the earlier tokenizer, five of the newer.
  expect(newer[0]! / earlier[0]!).toBeCloseTo(2.5, 1)
})

test("tools, their instructions and what a server-side tool may read are counted", async () => {
  const tokens = (tools: readonly unknown[]) => estimateInputTokens({ messages: [], tools }, "claude-opus-4-6")
  const none = await tokens([])
  const one = await tokens([{ name: "read", description: "Reads a file.", input_schema: {} }])
  const search = await tokens([{ type: "web_search_20250305", name: "web_search", max_uses: 2 }])
  expect(one - none).toBeWithin(640, 720)
  expect(search - none).toBeGreaterThan(40_000)
})

test("a text costs 2 % more than it counts: what the provider makes of it is not quite what was sent", async () => {
  const content = "The only way out is an egress proxy.\n".repeat(1000)
  const counted = await countTokens([content], "claude-4.7")
  const estimate = await estimateInputTokens({ messages: [{ role: "user", content }] }, "claude-opus-4-8")
  expect(estimate / counted).toBeWithin(1.02, 1.03)
})

test("fields nobody here knows are counted as text, and settings are not", async () => {
  const tokens = (more: object) => estimateInputTokens({ messages: [], ...more }, "claude-opus-4-6")
  const schema = { type: "json_schema", schema: { description: "word ".repeat(1000) } }
  expect((await tokens({ output_format: schema })) - (await tokens({}))).toBeGreaterThan(1000)
  expect(await tokens({ metadata: { user_id: "u".repeat(1000) }, temperature: 1 })).toBe(await tokens({}))
})
