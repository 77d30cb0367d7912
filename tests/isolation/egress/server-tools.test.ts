// Security case 17: a provider's own tools are a way out past the proxy. Their targets are held to
// the route list, before the request leaves.

import { expect, test } from "bun:test"
import { type CredentialedRoute, Secret, type ServerToolRule } from "@bot-bottle/contracts"
import { route, startTestProxy, startUpstream } from "@bot-bottle/proxy/testing"

const ANSWER = { type: "message", id: "msg_1", model: "claude-sonnet-5", usage: { input_tokens: 5, output_tokens: 5 } }
const search = { type: "web_search_20250305", name: "web_search" }
const fetching = { type: "web_fetch_20250910", name: "web_fetch" }
const image = (url: string) => [{ role: "user", content: [{ type: "image", source: { type: "url", url } }] }]

// biome-ignore format: a table
test.each([
  ["web search",            { tools: [search] },                                             "tools[0] web_search_20250305"],
  ["web search on a list",  { tools: [{ ...search, allowed_domains: ["evil.test"] }] },      "tools[0] web_search_20250305"],
  ["a list, half of it",    { tools: [{ ...search, allowed_domains: ["docs.test", "evil.test"] }] }, "tools[0] web_search_20250305"],
  ["web fetch",             { tools: [{ name: "f" }, fetching] },                            "tools[1] web_fetch_20250910"],
  ["a remote MCP server",   { mcp_servers: [{ type: "url", url: "https://evil.test/sse", name: "m" }] }, "mcp_servers[0]"],
  ["an image by address",   { messages: image("https://evil.test/?secret=1") },              "messages[0] image url"],
  ["a tool nobody knows",   { tools: [{ type: "teleport_20270101" }] },                      "tools[0] teleport_20270101"],
] as const)("INV-112: case 17: %s never leaves, and the provider's client is told what and why", async (_, request, what) => {
  await using setting = await startSetting()
  const refused = await setting.ask(request)
  expect([refused.status, refused.reason]).toEqual([400, "host-not-allowed"])
  expect(refused.body).toMatchObject({ type: "error", error: { type: "invalid_request_error" } })
  expect(refused.body.error.message).toContain(what)
  expect(refused.body.error.message).toContain("server_tools: trim")
  expect(setting.received()).toEqual([])
  expect(await setting.requests()).toBe(0)
  // Control: what the list covers passes as it is.
  const listed = { tools: [{ ...search, allowed_domains: ["docs.test"] }], messages: image("https://docs.test/a.png") }
  expect((await setting.ask(listed)).status).toBe(200)
  expect(setting.received()).toMatchObject([listed])
})

test("INV-112: case 17: gzip, and a second spelling of the same field, hide nothing", async () => {
  await using setting = await startSetting()
  const packed = Bun.gzipSync(Buffer.from(bodyOf({ tools: [search] })))
  expect((await setting.send(packed, "content-encoding: gzip\r\n")).status).toBe(400)
  const twice = bodyOf({}).replace("{", `{"tools":${JSON.stringify([search])},"tools":[],`)
  expect((await setting.send(Buffer.from(twice))).reason).toBe("foreign-protocol")
  const escaped = bodyOf({ tools: [search] }).replace("web_search", "\\u0077eb_search")
  expect((await setting.send(Buffer.from(escaped))).reason).toBe("host-not-allowed")
  expect(setting.received()).toEqual([])
})

test("INV-112: trim writes the route list into what can be narrowed, and refuses the rest", async () => {
  await using setting = await startSetting("trim")
  expect(
    (await setting.ask({ tools: [search, { ...fetching, allowed_domains: ["evil.test", "sub.docs.test"] }] })).status,
  ).toBe(200)
  expect(setting.received()).toMatchObject([
    {
      tools: [
        { ...search, allowed_domains: ["api.anthropic.com", "docs.test", "wiki.test"] },
        { ...fetching, allowed_domains: ["sub.docs.test"] },
      ],
    },
  ])
  expect((await setting.ask({ tools: [{ ...fetching, allowed_domains: ["evil.test"] }] })).reason).toBe(
    "host-not-allowed",
  )
  expect((await setting.ask({ tools: [search], messages: image("https://evil.test/") })).reason).toBe(
    "host-not-allowed",
  )
  expect(setting.received()).toHaveLength(1)
})

test("INV-112: allow lets all of it pass as it is", async () => {
  await using setting = await startSetting("allow")
  const request = { tools: [search], mcp_servers: [{ type: "url", url: "https://evil.test/sse", name: "m" }] }
  expect((await setting.ask(request)).status).toBe(200)
  expect(setting.received()).toMatchObject([request])
})

// biome-ignore format: a table
test.each([
  ["openai-responses", "/v1/responses",        { tools: [{ type: "web_search" }] },                          "tools[0] web_search"],
  ["openai-responses", "/v1/responses",        { tools: [{ type: "mcp", server_label: "m", server_url: "https://evil.test/" }] }, "tools[0] mcp"],
  ["openai-responses", "/v1/responses",        { tools: [{ type: "code_interpreter", container: "c1" }] },   "tools[0] code_interpreter"],
  ["chat-completions", "/v1/chat/completions", { web_search_options: {} },                                   "web_search_options"],
] as const)("INV-112: case 17: %s: the tools of other providers are held to the list as well: %j", async (api, path, request, what) => {
  await using upstream = startUpstream({ host: "api.openai.com" })
  const injection = { header: "authorization", template: "Bearer {secret}" }
  const metering = { provider: "codex", api }
  await using proxy = await startTestProxy({
    routes: [route("api.openai.com", { injection, metering, secret: new Secret("sk-proj-Qw3Er5Ty7Ui9Op1As2Df4Gh6") })],
    resolve: { "api.openai.com": upstream.address },
    upstreamCa: upstream.caPem,
  })
  const ask = async (more: object) => {
    const said = [{ role: "user", content: "hi" }]
    const body = JSON.stringify({ model: "gpt-5", input: said, messages: said, ...more })
    using connection = await proxy.open("api.openai.com:443")
    connection.send(`POST ${path} HTTP/1.1\r\nHost: api.openai.com\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
    return await connection.readResponse()
  }
  const refused = await ask(request)
  expect(refused?.headers["x-bot-bottle-reason"]).toBe("host-not-allowed")
  expect(refused?.body.toString()).toContain(what)
  expect(upstream.seen).toEqual([])
  // Control: without it the request leaves.
  await ask({})
  expect(upstream.seen).toHaveLength(1)
})

function bodyOf(request: object): string {
  return JSON.stringify({
    model: "claude-sonnet-5",
    max_tokens: 64,
    messages: [{ role: "user", content: "hi" }],
    ...request,
  })
}

async function startSetting(serverTools?: ServerToolRule) {
  const received: unknown[] = []
  const upstream = startUpstream({
    host: "api.anthropic.com",
    async answer(request) {
      received.push(await request.json())
      return Response.json(ANSWER)
    },
  })
  const provider: CredentialedRoute = route("api.anthropic.com", {
    injection: { header: "x-api-key", template: "{secret}" },
    metering: { provider: "claude", api: "anthropic-messages" },
    secret: new Secret("sk-ant-api03-Qw3Er5Ty7Ui9Op1As2Df4Gh6"),
  })
  const proxy = await startTestProxy({
    routes: [provider, route("docs.test"), route("*.docs.test"), route("wiki.test")],
    resolve: { "api.anthropic.com": upstream.address },
    upstreamCa: upstream.caPem,
    ...(serverTools === undefined ? {} : { serverTools }),
  })
  async function send(body: Uint8Array, headers = "") {
    using connection = await proxy.open("api.anthropic.com:443")
    connection.send(
      `POST /v1/messages HTTP/1.1\r\nHost: api.anthropic.com\r\n${headers}content-length: ${body.length}\r\n\r\n`,
    )
    connection.send(body)
    const response = await connection.readResponse()
    const text = response?.body.toString() ?? ""
    return { status: response?.status, reason: response?.headers["x-bot-bottle-reason"], body: JSON.parse(text) }
  }
  return {
    ask: (request: object) => send(Buffer.from(bodyOf(request))),
    send,
    received: () => received,
    requests: async () => (await proxy.ledger.usage({ by: "run" }))[0]?.requests ?? 0,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
    },
  }
}
