import { expect, test } from "bun:test"
import { join } from "node:path"
import { sealedBun } from "@bot-bottle/contracts"
import { openTempFolder, runProgram } from "@bot-bottle/testkit"

// biome-ignore format: a table
test.each([
  // arguments                                                           what the sidecar gets
  [["read-issue", "17"],                                                   { method: "read_issue", params: { number: 17 } }],
  [["read-comments", "#17", "--json"],                                     { method: "read_comments", params: { number: 17 } }],
  [["read-pr", "42"],                                                      { method: "read_pull_request", params: { number: 42 } }],
  [["comment", "17", "--body-file", "-"],                                  { method: "post_comment", params: { number: 17, body: "from stdin" } }],
  [["describe", "17", "--body-file", "-"],                                 { method: "update_description", params: { number: 17, body: "from stdin" } }],
  [["open-pr", "--title", "T", "--body-file", "-", "--head", "b"],         { method: "open_pull_request", params: { title: "T", head: "b", body: "from stdin" } }],
  [["done", "success", "all of it"],                                       { method: "signal_done", params: { status: "success", summary: "all of it" } }],
] as const)("forge %j asks the sidecar for it and exits 0", async (args, call) => {
  using proxy = openProxy(() => ({ result: { number: 17, title: "t", body: "b" } }))
  const run = await forge(proxy.port, args)
  expect({ exitCode: run.exitCode, stderr: run.stderr, asked: proxy.asked }).toEqual({ exitCode: 0, stderr: "", asked: [{ jsonrpc: "2.0", id: 1, ...call }] })
})

// biome-ignore format: a table
test.each([
  // answer                                                              exit  words
  [{ error: { code: -32001, message: "write to #5 denied" } },             3,    "forge: write to #5 denied"],
  [{ error: { code: -32003, message: "caps" } },                           3,    "forge: caps"],
  [{ error: { code: -32002, message: "the forge answered 403" } },         4,    "forge: the forge answered 403"],
] as const)("an answer %j exits with %d", async (answer, exitCode, words) => {
  using proxy = openProxy(() => answer)
  expect(await forge(proxy.port, ["read-issue", "5"])).toEqual({ exitCode, stdout: "", stderr: `${words}\n` })
})

test.each([
  [["explode"], "unknown command 'explode'"],
  [["__proto__"], "unknown command '__proto__'"],
  [["read-issue"], "'read-issue' takes number"],
  [["read-issue", "x"], "'x' is not an issue's number"],
  [["read-issue", "0"], "'0' is not an issue's number"],
  [["comment", "17"], "'comment' needs --body-file"],
  [["comment", "17", "--body", "x"], "'comment' has no flag '--body'"],
  [["comment", "17", "--body-file", "/nowhere"], "'/nowhere' cannot be read"],
  [["open-pr", "--title"], "'--title' needs a value"],
] as const)("forge %j exits 2 and asks nothing", async (args, problem) => {
  using proxy = openProxy(() => ({ result: {} }))
  const { exitCode, stderr } = await forge(proxy.port, args)
  expect([exitCode, stderr.includes(problem), proxy.asked]).toEqual([2, true, []])
})

test("help exits 0; without a sidecar it exits 4", async () => {
  expect((await forge(1, ["--help"])).exitCode).toBe(0)
  expect(await forge(1, ["read-issue", "1"])).toEqual({
    exitCode: 4,
    stdout: "",
    stderr: "forge: the forge cannot be reached from this bottle\n",
  })
})

test("comments are shown one below the other, or as JSON", async () => {
  using proxy = openProxy(() => ({ result: [{ id: 1, user: "alice", body: "hi", created_at: "now" }] }))
  expect((await forge(proxy.port, ["read-comments", "1"])).stdout).toBe("--- alice, now (comment 1)\nhi\n")
  expect((await forge(proxy.port, ["read-comments", "1", "--json"])).stdout).toBe(
    '[{"id":1,"user":"alice","body":"hi","created_at":"now"}]\n',
  )
})

function openProxy(answer: () => object) {
  const asked: unknown[] = []
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      if (new URL(request.url).host !== "forge.bot-bottle.internal") return new Response("no\n", { status: 403 })
      asked.push(await request.json())
      return Response.json({ jsonrpc: "2.0", id: 1, ...answer() })
    },
  })
  return { port: server.port ?? 0, asked, [Symbol.dispose]: () => void server.stop(true) }
}

async function forge(port: number, args: readonly string[]) {
  await using folder = await openTempFolder()
  const proxy = `http://127.0.0.1:${port}`
  const argv = sealedBun(process.execPath, join(import.meta.dir, "main.ts"), ...args)
  return runProgram(argv, { cwd: folder.path, env: { HTTP_PROXY: proxy, http_proxy: proxy }, stdin: "from stdin" })
}
