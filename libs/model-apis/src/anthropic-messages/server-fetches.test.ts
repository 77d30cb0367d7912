import { expect, test } from "bun:test"
import { listServerFetches } from "./server-fetches.ts"
import { trimServerFetches } from "./trim-server-fetches.ts"

// biome-ignore format: a table
test.each([
  // tool                                                                              hosts
  [{ name: "f", input_schema: {} },                                                    undefined],
  [{ type: "custom", name: "f" },                                                      undefined],
  [{ type: "bash_20250124", name: "bash" },                                            undefined],
  [{ type: "text_editor_20250728", name: "e" },                                        undefined],
  [{ type: "memory_20250818", name: "memory" },                                        undefined],
  [{ type: "tool_search_tool_bm25_20251119", name: "s" },                              undefined],
  [{ type: "code_execution_20250825", name: "code_execution" },                        undefined],
  [{ type: "mcp_toolset", mcp_server_name: "x" },                                      undefined],
  [{ type: "web_search_20250305", name: "web_search" },                                "anywhere"],
  [{ type: "web_search_20250305", allowed_domains: [] },                               "anywhere"],
  [{ type: "web_search_20250305", blocked_domains: ["evil.example"] },                 "anywhere"],
  [{ type: "web_search_20250305", allowed_domains: ["a.example"] },                    ["a.example", "*.a.example"]],
  [{ type: "web_fetch_20250910", allowed_domains: ["A.example/docs", "b.example"] },   ["a.example", "*.a.example", "b.example", "*.b.example"]],
  [{ type: "web_fetch_20250910", allowed_domains: [7] },                               ["", "*."]],
  [{ type: "teleport_20270101" },                                                      "anywhere"],
  [{ type: "customs" },                                                                "anywhere"],
] as const)("INV-112: the tool %j reaches %j", (tool, hosts) => {
  const what = `tools[0] ${"type" in tool ? tool.type : "tool"}`
  expect(listServerFetches({ tools: [tool] })).toEqual(hosts === undefined ? [] : [{ what, hosts: hosts as never }])
})

const url = (address: unknown) => ({ type: "url", url: address })

// biome-ignore format: a table
test.each([
  [{ mcp_servers: [{ type: "url", url: "https://M.example:8443/sse", name: "m" }] },               "mcp_servers[0]",               ["m.example:8443"]],
  [{ mcp_servers: [{ type: "url", name: "m" }] },                                                  "mcp_servers[0]",               "anywhere"],
  [{ messages: [{ content: [{ type: "image", source: url("https://x.example/a.png") }] }] },       "messages[0] image url",        ["x.example"]],
  [{ messages: [{ content: "" }, { content: [{ type: "document", source: url("http://x.example") }] }] }, "messages[1] document url", ["x.example:80"]],
  [{ messages: [{ content: [{ type: "image", source: url("//x.example/a.png") }] }] },             "messages[0] image url",        "anywhere"],
  [{ messages: [{ content: [{ type: "tool_result", content: [{ type: "image", source: url("https://x.example") }] }] }] }, "messages[0] image url", ["x.example"]],
  [{ messages: [{ content: [{ type: "document", source: { type: "content", content: [{ type: "image", source: url("https://x.example") }] } }] }] }, "messages[0] image url", ["x.example"]],
  [{ system: [{ type: "image", source: url("https://x.example") }] },                              "system image url",             ["x.example"]],
  [{ tools: [{ type: "code_execution_20250825" }], container: { id: "c", network: {} } },          "tools[0] code_execution_20250825", "anywhere"],
] as const)("INV-112: %j reaches out by %s", (request, what, hosts) => {
  expect(listServerFetches(request as never)).toEqual([{ what, hosts: hosts as never }])
})

test("what only looks like an address reaches nothing", () => {
  const content = [
    { type: "text", text: "https://x.example" },
    { type: "image", source: { type: "base64", data: "" } },
    { type: "document", source: { type: "file", file_id: "f" } },
    { type: "tool_use", input: { source: url("https://x.example") } },
    { type: "web_search_tool_result", content: [{ type: "web_search_result", url: "https://x.example" }] },
  ]
  const container = { id: "c", skills: [] }
  expect(
    listServerFetches({ messages: [{ content }], tools: [{ type: "code_execution_20250825" }], container }),
  ).toEqual([])
})

// biome-ignore format: a table
test.each([
  [{},                                                            ["a.example", "b.example"]],
  [{ allowed_domains: ["x.a.example/y", "c.example"] },           ["x.a.example/y"]],
  [{ blocked_domains: ["example.org", "b.example"] },             ["a.example"]],
  [{ blocked_domains: ["x.a.example"] },                          ["a.example", "b.example"]],
] as const)("trimServerFetches narrows a web tool with %j to %j, and leaves all else as it stands", (given, allowed_domains) => {
  const head = '{ "model":"m",\n  "tools": '
  const search = { type: "web_search_20250305", name: "web_search", max_uses: 3 }
  const tools = [{ name: "f" }, { ...search, ...given }]
  const tail = ', "messages": [ {"role":"user","content":"\\u00fc  "} ] }'
  const trimmed = trimServerFetches(Buffer.from(head + JSON.stringify(tools) + tail), ["a.example", "b.example"])
  const text = Buffer.from(trimmed ?? "").toString()
  expect(text).toStartWith(head.trimEnd())
  expect(text).toEndWith(tail)
  expect(JSON.parse(text).tools).toEqual([{ name: "f" }, { ...search, allowed_domains }])
})

test("trimServerFetches gives nothing when a tool would be left with no host", () => {
  const body = (tool: object) => Buffer.from(JSON.stringify({ tools: [{ type: "web_fetch_20250910", ...tool }] }))
  expect(trimServerFetches(body({}), [])).toBeUndefined()
  expect(trimServerFetches(body({ allowed_domains: ["c.example"] }), ["a.example"])).toBeUndefined()
})
