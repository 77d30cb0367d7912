import { expect, test } from "bun:test"
import { join } from "node:path"
import { sealedBun } from "@bot-bottle/contracts"
import { openTempFolder, runProgram } from "@bot-bottle/testkit"

const PENDING = { message: "pending #12", id: 12, state: "pending" }
const STATUS = {
  egress: "open",
  budgets: [
    { provider: "claude", limit_tokens: 1000, used_tokens: 400, left_tokens: 600 },
    { provider: "codex", limit_tokens: null, left_tokens: null },
  ],
  questions: [
    { id: 1, kind: "route", ask: { host: "a.io", methods: ["GET", "POST"] }, state: "approved", for: "run" },
    { id: 2, kind: "budget", ask: { provider: "claude", tokens: 5 }, state: "rejected", reason: "no" },
  ],
}

// biome-ignore format: a table
test.each([
  // arguments                                                              the call that the service gets
  [["route", "a.io", "--why", "w"],                                           { method: "propose_route", params: { host: "a.io", why: "w" } }],
  [["route", "a.io", "--method", "GET", "--method", "PUT", "--path", "/x", "--why", "w"],
                                                                              { method: "propose_route", params: { host: "a.io", methods: ["GET", "PUT"], paths: ["/x"], why: "w" } }],
  [["budget", "claude", "500k", "--why", "w"],                                { method: "request_budget", params: { provider: "claude", tokens: 500_000, why: "w" } }],
  [["budget", "claude", "2M", "--why", "w"],                                  { method: "request_budget", params: { provider: "claude", tokens: 2_000_000, why: "w" } }],
] as const)("ask %j returns at once with the number of its question", async (args, call) => {
  using proxy = openProxy({ result: PENDING })
  const run = await ask(proxy.port, args)
  expect(run).toEqual({ exitCode: 0, stdout: "pending #12\n", stderr: "" })
  expect(proxy.asked).toEqual([{ jsonrpc: "2.0", id: 1, ...call }])
})

test("ask status tells budget, questions and answers", async () => {
  using proxy = openProxy({ result: STATUS })
  expect((await ask(proxy.port, ["status"])).stdout).toBe(`egress: open
claude: 600 of 1000 tokens left
codex: no limit
#1 route a.io GET,POST: approved for run
#2 budget claude 5: rejected: no
`)
  expect(JSON.parse((await ask(proxy.port, ["status", "--json"])).stdout)).toEqual(STATUS)
})

test("ask routes lists the hosts", async () => {
  const route = { host: "a.io", port: 443, scheme: "https", effect: "allow", matches: "every" }
  using proxy = openProxy({ result: [route, { ...route, effect: "deny", matches: [] }] })
  expect((await ask(proxy.port, ["routes"])).stdout).toBe("https://a.io:443\ndenied https://a.io:443 (some requests)\n")
})

// biome-ignore format: a table
test.each([
  [["explode"],                                    "unknown command 'explode'"],
  [["__proto__"],                                  "unknown command '__proto__'"],
  [["route"],                                      "'route' takes host"],
  [["route", "a.io"],                              "'route' needs --why"],
  [["route", "a.io", "--__proto__", "x"],          "'route' has no flag '--__proto__'"],
  [["route", "a.io", "--why"],                     "'--why' needs a value"],
  [["budget", "claude", "many", "--why", "w"],     "'many' is not a count of tokens"],
  [["budget", "claude", "0", "--why", "w"],        "'0' is not a count of tokens"],
  [["status", "now"],                              "'status' takes no words"],
] as const)("ask %j exits 2 and asks nothing", async (args, problem) => {
  using proxy = openProxy({ result: PENDING })
  const { exitCode, stderr } = await ask(proxy.port, args)
  expect([exitCode, stderr.includes(problem), proxy.asked]).toEqual([2, true, []])
})

test("a refusal exits 3 with its words, a bottle without questions 4, help 0", async () => {
  using proxy = openProxy({ error: { code: -32003, message: "3 questions wait" } })
  expect(await ask(proxy.port, ["status"])).toEqual({ exitCode: 3, stdout: "", stderr: "ask: 3 questions wait\n" })
  expect((await ask(1, ["status"])).exitCode).toBe(4)
  expect((await ask(1, ["--help"])).exitCode).toBe(0)
})

function openProxy(answer: object) {
  const asked: unknown[] = []
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      if (new URL(request.url).host !== "supervise.bot-bottle.internal") return new Response("no\n", { status: 403 })
      asked.push(await request.json())
      return Response.json({ jsonrpc: "2.0", id: 1, ...answer })
    },
  })
  return { port: server.port ?? 0, asked, [Symbol.dispose]: () => void server.stop(true) }
}

async function ask(port: number, args: readonly string[]) {
  await using folder = await openTempFolder()
  const proxy = `http://127.0.0.1:${port}`
  const argv = sealedBun(process.execPath, join(import.meta.dir, "main.ts"), ...args)
  return runProgram(argv, { cwd: folder.path, env: { HTTP_PROXY: proxy, http_proxy: proxy }, stdin: "" })
}
