import { expect, test } from "bun:test"
import { trimServerFetches } from "./trim-server-fetches.ts"

const LISTED = ["a.example", "b.example"]

// biome-ignore format: a table
test.each([
  // tool                                                                                       trimmed
  [{ type: "web_search", external_web_access: true },                                           LISTED],
  [{ type: "web_search_2025_08_26", filters: { allowed_domains: [] } },                         LISTED],
  [{ type: "web_search", filters: { allowed_domains: ["docs.a.example", "evil.example"] } },    ["docs.a.example"]],
  [{ type: "web_search", filters: { allowed_domains: ["https://b.example/x"], other: 1 } },     ["b.example"]],
] as const)("a search %j is held to %j", (tool, allowed) => {
  const filters = { ...("filters" in tool ? tool.filters : {}), allowed_domains: allowed }
  expect(trim([tool])).toEqual([{ ...tool, filters } as never])
})

test.each([
  { type: "web_search_preview" },
  { type: "web_search", external_web_access: false },
  { type: "mcp", server_url: "https://x.example" },
  { type: "function", name: "f" },
])("what takes no filter, or needs none, stays as it is: %j", (tool) => {
  expect(trim([tool])).toEqual([tool as never])
})

test("a search that nothing is left for is not sent", () => {
  expect(trim([{ type: "web_search", filters: { allowed_domains: ["evil.example"] } }])).toBeUndefined()
  expect(trimServerFetches(bytes('{"tools":[{"type":"web_search"}]}'), [])).toBeUndefined()
})

test("the rest of the body stays byte for byte", () => {
  const body = '{"a": 1.0e3,"tools":[{"type":"web_search"}], "b":"ü"}'
  expect(new TextDecoder().decode(trimServerFetches(bytes(body), ["a.example"]))).toBe(
    '{"a": 1.0e3,"tools":[{"type":"web_search","filters":{"allowed_domains":["a.example"]}}], "b":"ü"}',
  )
})

function trim(tools: readonly object[]) {
  const trimmed = trimServerFetches(bytes(JSON.stringify({ model: "gpt-5.2", tools })), LISTED)
  return trimmed && (JSON.parse(new TextDecoder().decode(trimmed)).tools as readonly never[])
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
