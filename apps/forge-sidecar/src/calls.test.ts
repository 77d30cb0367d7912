import { expect, test } from "bun:test"
import { readdir } from "node:fs/promises"
import { join } from "node:path"
import { agentMarker } from "@bot-bottle/forge"
import { damageFile } from "@bot-bottle/ledger/testing"
import { readJson, waitFor } from "@bot-bottle/testkit"
import { HOST_SECRET, openTestSidecar, type TestSidecar } from "./testing/test-sidecar.ts"

test("every call, allowed, refused or failed, is one row of the audit chain, in words", async () => {
  await using sidecar = await openTestSidecar()
  const { issue, rpc } = sidecar
  const theirs = sidecar.gitea.world.addIssue({}).number
  await rpc("read_issue", { number: theirs })
  await rpc("read_comments", { number: issue.number })
  await rpc("read_pull_request", { number: issue.number })
  await rpc("post_comment", { number: issue.number, body: "hello" })
  await rpc("post_comment", { number: theirs, body: "hello" })
  await rpc("update_description", { number: issue.number, body: "text" })
  await rpc("open_pull_request", { title: "t", body: "b", head: "main" })
  await rpc("no_such_method")
  await rpc("signal_done", { status: "success", summary: "done" })
  expect(await texts(sidecar)).toEqual([
    `read issue #${theirs}`,
    "read comments of #1",
    "read PR #1 description",
    "failed reading of PR #1: the forge answered 404",
    "posted comment to #1",
    `refused comment to #${theirs}: out of assigned scope`,
    "updated description of #1",
    "refused pull request: out of assigned scope",
    "refused unknown method: unknown method",
    "signalled done: success",
  ])
})

test.each([
  // call                                                                             code     message
  ["post_comment", { number: 2, body: "x" }, -32001, "write to #2 denied: out of assigned scope (writable: 1)"],
  ["update_description", { number: 2, body: "x" }, -32001, "write to #2 denied: out of assigned scope (writable: 1)"],
  ["open_pull_request", { title: "t", body: "b", head: "bot-bottle/other-x1/y" }, -32001, "out of assigned scope"],
  ["read_issue", { number: 99 }, -32002, "404"],
  ["delete_repository", {}, -32601, "unknown method"],
  ["__proto__", {}, -32601, "unknown method"],
  ["constructor", {}, -32601, "unknown method"],
  ["read_issue", {}, -32602, "parameter 'number' is missing"],
  ["read_issue", { number: "1" }, -32602, "parameter 'number' is invalid"],
  ["read_issue", { number: 1.5 }, -32602, "parameter 'number' is invalid"],
  ["read_issue", { number: -1 }, -32602, "parameter 'number' is invalid"],
  ["read_issue", { number: 1, sudo: "admin" }, -32602, "parameter 'sudo' is unknown"],
  ["read_issue", [1], -32602, "parameter"],
  ["post_comment", { number: 1, body: "" }, -32602, "parameter 'body' is invalid"],
  ["post_comment", { number: 1, body: "é".repeat(32_769) }, -32602, "parameter 'body' is invalid"],
  ["post_comment", { number: 1, body: "a\0b" }, -32602, "parameter 'body' is invalid"],
  ["open_pull_request", { title: "two\nlines", body: "b" }, -32602, "parameter 'title' is invalid"],
  ["signal_done", { status: "finished", summary: "s" }, -32602, "parameter 'status' is invalid"],
  ["post_comment", { number: 1, body: `key: ${HOST_SECRET}` }, -32005, "holds a credential"],
] as const)("%s with %j is refused with %d", async (method, params, code, message) => {
  await using sidecar = await openTestSidecar()
  sidecar.gitea.world.addIssue({})
  const { error } = await sidecar.rpc(method, params)
  expect(error?.code).toBe(code)
  expect(error?.message).toContain(message)
  expect(sidecar.gitea.calls.filter((call) => call.method !== "GET")).toEqual([])
  expect(JSON.stringify([error, await sidecar.audit()])).not.toContain(HOST_SECRET)
})

test("a body of exactly 64 KiB is posted", async () => {
  await using sidecar = await openTestSidecar()
  expect((await sidecar.rpc("post_comment", { number: 1, body: "é".repeat(32_768) })).error).toBeUndefined()
})

test("an error of the forge carries its status and never the token", async () => {
  await using sidecar = await openTestSidecar()
  const { gitea } = sidecar
  gitea.interrupt.push(() => new Response(`token ${gitea.token} is bad`, { status: 403 }))
  const answer = await sidecar.rpc("read_issue", { number: 1 })
  expect(answer.error).toMatchObject({ code: -32002, data: { status: 403 } })
  expect(JSON.stringify([answer, await sidecar.audit()])).not.toContain(gitea.token)
})

test("INV-200: a pull request that the run opened becomes writable, also after a relaunch; no second one", async () => {
  await using sidecar = await openTestSidecar()
  const { gitea, rpc } = sidecar
  gitea.world.branches.add("bot-bottle/fixer-abc12/work")
  const opened = await rpc("open_pull_request", {
    title: "Make it green (fixes #16)",
    body: "Closes #1, fixes #16\n\ncc @mallory @alice",
  })
  expect(opened.result).toMatchObject({ number: 2, head: "bot-bottle/fixer-abc12/work", base: "main" })
  expect(gitea.world.issues.get(2)).toMatchObject({
    title: "Make it green (f\u200dixes #16)",
    body: `Closes #1, f\u200dixes #16\n\ncc @\u200dmallory @alice\n\n${agentMarker("fixer-abc12")}`,
  })
  expect(await sidecar.tags()).toEqual({ pr: "acme/widgets#2" })
  expect((await rpc("post_comment", { number: 2, body: "ready" })).error).toBeUndefined()
  expect((await rpc("open_pull_request", { title: "t", body: "b" })).error?.code).toBe(-32003)
  await sidecar.relaunch()
  expect((await rpc("post_comment", { number: 2, body: "again" })).error).toBeUndefined()
  expect(await readdir(join(sidecar.folder, "queue"))).toEqual(["pull-request-2.json"])
})

test("caps count over all launches, refused calls count as none of the others", async () => {
  await using sidecar = await openTestSidecar()
  const post = async () => (await sidecar.rpc("post_comment", { number: 1, body: "x" })).error?.code
  expect([await post(), await post()]).toEqual([undefined, undefined])
  await sidecar.relaunch()
  expect([await post(), await post(), await post()]).toEqual([undefined, -32003, -32003])
  expect(sidecar.issue.comments.length).toBe(3)
})

test("an agent that starts more than eight calls at once is refused the rest, and served again afterwards", async () => {
  await using sidecar = await openTestSidecar()
  const { gitea, rpc } = sidecar
  const held = Promise.withResolvers<Response>()
  gitea.interrupt.push(...Array.from({ length: 8 }, () => () => held.promise))
  const first = Array.from({ length: 8 }, () => rpc("read_issue", { number: 1 }))
  await waitFor("eight calls under way", () => gitea.calls.length === 8)
  expect((await rpc("read_issue", { number: 1 })).error).toMatchObject({ message: "more than 8 calls at once" })
  held.resolve(new Response(null, { status: 503 }))
  await Promise.all(first)
  expect((await rpc("read_issue", { number: 1 })).error).toBeUndefined()
})

test("signal_done counts once for a launch, and again for the next", async () => {
  await using sidecar = await openTestSidecar()
  const done = () => sidecar.rpc("signal_done", { status: "success", summary: "s" })
  expect([(await done()).result, (await done()).result]).toEqual([{ already: false }, { already: true }])
  await sidecar.relaunch()
  expect((await done()).result).toEqual({ already: false })
  expect((await readdir(join(sidecar.folder, "queue"))).sort()).toEqual(["done-launch-1.json", "done-launch-2.json"])
})

test("a run that is cut off may read and signal, and nothing else", async () => {
  await using sidecar = await openTestSidecar()
  sidecar.egress = "cut"
  const code = async (method: string, params: unknown) => (await sidecar.rpc(method, params)).error?.code
  expect(await code("read_issue", { number: 1 })).toBeUndefined()
  expect(await code("post_comment", { number: 1, body: "x" })).toBe(-32004)
  expect(await code("update_description", { number: 1, body: "x" })).toBe(-32004)
  expect(await code("open_pull_request", { title: "t", body: "b" })).toBe(-32004)
  expect(await code("signal_done", { status: "blocked", summary: "no budget" })).toBeUndefined()
})

test.each([
  ["a token in the address", "/rpc?token=x", {}],
  ["a header of an administrator", "/rpc", { sudo: "admin" }],
  ["a credential", "/rpc", { authorization: "token x" }],
] as const)("%s is refused and logged", async (_what, path, headers) => {
  await using sidecar = await openTestSidecar()
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "read_issue", params: { number: 1 } })
  const response = await fetch(`${sidecar.doors.forge}${path}`, { method: "POST", body, headers })
  expect([response.status, sidecar.gitea.calls.length]).toEqual([400, 0])
  expect(await texts(sidecar)).toEqual(["refused POST with a query or a header of another account"])
})

test.each(["/", "/rpc/", "/rpc%2f", "/mcp%2frpc", "/..%2frpc", "/api/v1/user"])(
  "%s is not an address of the sidecar",
  async (path) => {
    await using sidecar = await openTestSidecar()
    expect((await fetch(`${sidecar.doors.forge}${path}`, { method: "POST", body: "{}" })).status).toBe(404)
    expect(await texts(sidecar)).toEqual(["refused POST of an unknown path"])
  },
)

test.each([
  ["{", { code: -32700 }],
  ["1", { code: -32600 }],
  ["[]", { code: -32600 }],
  ['{"jsonrpc":"1.0","id":1,"method":"read_issue"}', { code: -32600 }],
  ['{"jsonrpc":"2.0","id":{},"method":"read_issue"}', { code: -32600 }],
] as const)("JSON-RPC: %s", async (body, error) => {
  await using sidecar = await openTestSidecar()
  const answer = await fetch(`${sidecar.doors.forge}/rpc`, { method: "POST", body })
  expect(await answer.json()).toMatchObject({ jsonrpc: "2.0", id: null, error })
})

test("JSON-RPC: a batch is answered in order, and a notification not at all", async () => {
  await using sidecar = await openTestSidecar()
  const call = (id: number | undefined) => ({
    jsonrpc: "2.0",
    ...(id === undefined ? {} : { id }),
    method: "read_issue",
    params: { number: 1 },
  })
  const send = (body: unknown) => fetch(`${sidecar.doors.forge}/rpc`, { method: "POST", body: JSON.stringify(body) })
  expect(
    readJson(await (await send([call(1), call(undefined), call(2)])).text(), [{ id: "number" }]).map(({ id }) => id),
  ).toEqual([1, 2])
  expect((await send(call(undefined))).status).toBe(204)
})

test("a body of more than 1 MiB is refused", async () => {
  await using sidecar = await openTestSidecar()
  const response = await fetch(`${sidecar.doors.forge}/rpc`, { method: "POST", body: "x".repeat(1024 * 1024 + 1) })
  expect(response.status).toBe(413)
})

test("MCP: the same table, the same refusals, as text that the model reads", async () => {
  await using sidecar = await openTestSidecar()
  const tools = (await mcp(sidecar, "tools/list", {}))["tools"] as {
    name: string
    inputSchema: { required: string[] }
  }[]
  expect(tools.map(({ name }) => name)).toEqual([
    "read_issue",
    "read_comments",
    "read_pull_request",
    "post_comment",
    "update_description",
    "open_pull_request",
    "signal_done",
  ])
  expect(tools[3]?.inputSchema).toMatchObject({
    type: "object",
    required: ["number", "body"],
    properties: { number: { type: "integer", minimum: 1 } },
  })
  expect(
    await mcp(sidecar, "tools/call", { name: "post_comment", arguments: { number: 1, body: "hi" } }),
  ).toMatchObject({ content: [{ type: "text" }] })
  expect(sidecar.issue.comments[0]?.body).toBe(`hi\n\n${agentMarker("fixer-abc12")}`)
  expect(
    await mcp(sidecar, "tools/call", { name: "post_comment", arguments: { number: 500, body: "hi" } }),
  ).toMatchObject({
    isError: true,
    content: [{ text: "write to #500 denied: out of assigned scope (writable: 1)" }],
  })
  expect(await mcp(sidecar, "tools/call", { name: "post_comment", arguments: { number: 1 } })).toMatchObject({
    isError: true,
  })
  expect(await texts(sidecar)).toEqual([
    "posted comment to #1",
    "refused comment to #500: out of assigned scope",
    "refused post_comment with invalid parameters: invalid params",
  ])
})

test("INV-32: a write whose audit row cannot be written is not made", async () => {
  await using sidecar = await openTestSidecar()
  expect((await sidecar.rpc("post_comment", { number: 1, body: "x" })).error).toBeUndefined()
  damageFile(join(sidecar.root, "ledger.db"))
  expect((await sidecar.rpc("post_comment", { number: 1, body: "x" })).error?.code).toBe(-32007)
  expect((await sidecar.rpc("signal_done", { status: "success", summary: "s" })).error?.code).toBe(-32007)
  expect([sidecar.issue.comments.length, (await readdir(sidecar.folder)).sort()]).toEqual([
    1,
    ["check-in", "forge.sock", "run-record.json"],
  ])
})

async function texts(sidecar: TestSidecar): Promise<readonly unknown[]> {
  return (await sidecar.audit()).map(({ detail }) => detail["text"])
}

async function mcp(sidecar: TestSidecar, method: string, params: object): Promise<Record<string, unknown>> {
  const headers = {
    accept: "application/json, text/event-stream",
    "content-type": "application/json",
    "mcp-protocol-version": "2025-06-18",
  }
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params })
  const text = await (await fetch(`${sidecar.doors.forge}/mcp`, { method: "POST", headers, body })).text()
  const json = /^data: (.*)$/m.exec(text)?.[1] ?? text
  return JSON.parse(json).result
}
