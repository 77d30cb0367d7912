import { expect, test } from "bun:test"
import { listServerFetches } from "./server-fetches.ts"

// biome-ignore format: a table
test.each([
  // tool                                                                               hosts
  [{ type: "function", name: "f" },                                                     undefined],
  [{ type: "custom", name: "exec" },                                                    undefined],
  [{ type: "local_shell" },                                                             undefined],
  [{ type: "apply_patch" },                                                             undefined],
  [{ type: "file_search", vector_store_ids: [] },                                       undefined],
  [{ type: "image_generation" },                                                        undefined],
  [{ type: "web_search", external_web_access: false },                                  undefined],
  [{ type: "web_search" },                                                              "anywhere"],
  [{ type: "web_search_preview" },                                                      "anywhere"],
  [{ type: "web_search", filters: { allowed_domains: [] } },                            "anywhere"],
  [{ type: "web_search", filters: { allowed_domains: ["a.example", "b.example"] } },    ["a.example", "*.a.example", "b.example", "*.b.example"]],
  [{ type: "mcp", server_label: "x", server_url: "https://X.example:8443/mcp" },        ["x.example:8443"]],
  [{ type: "mcp", server_label: "x", server_url: "https://x.example/mcp" },             ["x.example"]],
  [{ type: "mcp", server_label: "x", server_url: "http://x.example/mcp" },              ["x.example:80"]],
  [{ type: "mcp", server_label: "x", connector_id: "connector_gmail" },                 "anywhere"],
  [{ type: "mcp", server_url: "file:///etc/passwd" },                                   "anywhere"],
  [{ type: "code_interpreter", container: { type: "auto" } },                           undefined],
  [{ type: "code_interpreter", container: "cntr_1" },                                   "anywhere"],
  [{ type: "code_interpreter", container: { type: "auto", network_policy: { type: "allowlist", allowed_domains: ["A.example/docs"] } } }, ["a.example", "*.a.example"]],
  [{ type: "code_interpreter", container: { type: "auto", network_policy: { type: "open" } } }, "anywhere"],
  [{ type: "shell", environment: { type: "local" } },                                   undefined],
  [{ type: "shell", environment: { type: "container_auto" } },                          undefined],
  [{ type: "shell", environment: { type: "container_reference", container_id: "c" } },  "anywhere"],
  [{ type: "shell" },                                                                   "anywhere"],
  [{ type: "teleport" },                                                                "anywhere"],
  [{},                                                                                  "anywhere"],
] as const)("the tool %j reaches %j", (tool, hosts) => {
  const what = `tools[0] ${"type" in tool ? tool.type : "tool"}`
  expect(listServerFetches({ tools: [tool] })).toEqual(hosts === undefined ? [] : [{ what, hosts: hosts as never }])
})

// biome-ignore format: a table
test.each([
  // what the request holds                                                                           what is reached
  [{ input: [{ type: "additional_tools", tools: [{ type: "web_search" }] }] },                        "input[0].tools[0] web_search"],
  [{ input: ["", { type: "tool_search_output", tools: [{ type: "mcp", server_url: "https://x.example" }] }] }, "input[1].tools[0] mcp"],
  [{ tools: [{ type: "namespace", tools: [{ type: "web_search" }] }] },                               "tools[0].tools[0] web_search"],
  [{ input: [{ role: "user", content: [{ type: "input_image", image_url: "https://x.example/a.png" }] }] }, "input[0] image url"],
  [{ input: [{ role: "user", content: [{ type: "input_file", file_url: "http://x.example/a.pdf" }] }] }, "input[0] file url"],
  [{ input: [{ type: "function_call_output", output: [{ type: "input_image", image_url: "https://x.example/a.png" }] }] }, "input[0] image url"],
  [{ input: [{ type: "computer_call_output", output: { type: "computer_screenshot", image_url: "ftp://x.example" } }] }, "input[0] image url"],
  [{ prompt: "pmpt_1" },                                                                              "prompt"],
  [{ prompt: { id: "pmpt_1" } },                                                                      "prompt"],
] as const)("%j reaches out by %s", (request, what) => {
  expect(listServerFetches(request as never).map((serverFetch) => serverFetch.what)).toEqual([what])
})

test("an image in the request itself, a file by id and an answer's own links reach nothing", () => {
  const content = [
    { type: "input_image", image_url: "data:image/png;base64,AAAA" },
    { type: "input_file", file_id: "file_1" },
    { type: "output_text", text: "https://x.example", annotations: [{ url: "https://x.example" }] },
  ]
  expect(listServerFetches({ input: [{ role: "user", content }] })).toEqual([])
})
