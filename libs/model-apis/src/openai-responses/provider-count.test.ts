import { expect, test } from "bun:test"
import { providerCount } from "./provider-count.ts"

test("the counting endpoint is asked with what makes up the input, and with nothing else", () => {
  const input = {
    model: "gpt-5.2",
    input: [{ role: "user", content: "Grüße" }],
    instructions: "Be brief.",
    tools: [{ type: "function", name: "read" }],
    text: { format: { type: "text" } },
    reasoning: { effort: "high" },
    previous_response_id: "resp_1",
  }
  const others = { max_output_tokens: 900, stream: true, store: false, include: [], prompt_cache_key: "k" }
  const asked = providerCount.request("/v1/responses", bytes({ ...others, ...input }))
  expect({ ...asked, body: JSON.parse(asked!.body) }).toEqual({ target: "/v1/responses/input_tokens", body: input })
})

// biome-ignore format: a table
test.each([
  // target                          what the request has                          asked
  ["/v1/responses",                  { tools: [{ type: "custom" }] },              true],
  ["/v1/responses?x=1",              {},                                           true],
  ["/v1/responses",                  { tools: [{ type: "web_search" }] },          false],
  ["/v1/responses",                  { prompt: { id: "pmpt_1" } },                 false],
  ["/v1/responses",                  { context_management: [] },                   false],
  ["/v1/responses/compact",          {},                                           false],
  ["/backend-api/codex/responses",   {},                                           false],
] as const)("%s with %j is asked about: %p", (target, more, asked) => {
  expect(providerCount.request(target, bytes({ model: "gpt-5.2", input: "Hi", ...more })) !== undefined).toBe(asked)
})

// biome-ignore format: a table
test.each([
  ['{"object":"response.input_tokens","input_tokens":2095}', 2095],
  ['{"input_tokens":0}',      0],
  ['{"input_tokens":"2095"}', undefined],
  ['{"input_tokens":-1}',     undefined],
  ['{"error":{}}',            undefined],
  ["",                        undefined],
] as const)("the answer %s counts %p", (body, tokens) => {
  expect(providerCount.read(new TextEncoder().encode(body))).toBe(tokens)
})

function bytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value))
}
