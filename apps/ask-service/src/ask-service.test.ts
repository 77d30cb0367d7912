// A service in this process with a real ledger and socket. The control socket of its proxy is a
// stand-in, which shows what it was told.

import { expect, test } from "bun:test"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import type { ControlStanding, ListedRoute } from "@bot-bottle/contracts"
import { openLedger } from "@bot-bottle/ledger"
import { sampleRun } from "@bot-bottle/ledger/testing"
import { MAX_PROPOSALS } from "@bot-bottle/supervise"
import { openTempFolder, readJson, waitFor } from "@bot-bottle/testkit"
import { openAskService } from "./open-ask-service.ts"

const SLUG = "asker-abc12"
const LONG = "é".repeat(1_200)
const WHY = "to install packages"

test("a question returns at once with its number, is in the ledger, and the proxy is told", async () => {
  await using world = await openWorld()
  const asked = await world.call("propose_route", { host: "A.io", methods: ["get"], paths: ["/x"], why: WHY })
  expect(asked).toEqual({ result: { message: "pending #1", id: 1, state: "pending" } })
  const [question] = await world.ledger.proposalsOf(SLUG)
  expect([question?.ask, question?.why]).toEqual([
    { kind: "route", host: "a.io", methods: ["GET"], paths: ["/x"] },
    WHY,
  ])
  await waitFor("the poke", () => world.pokes() === 1)
  // The same question again is the same one.
  expect(await world.call("propose_route", { host: "a.io", methods: ["GET"], paths: ["/x"], why: "again" })).toEqual(
    asked,
  )
})

test("status tells what became of each question, and the budget that is left", async () => {
  await using world = await openWorld()
  await world.call("propose_route", { host: "a.io", why: WHY })
  await world.call("request_budget", { provider: "claude", tokens: 500, why: WHY })
  const base = { reason: "not that one", actor: "op", channel: "command" } as const
  await world.ledger.answerProposal({ proposalId: 1, decision: "rejected", ...base })
  expect(await world.call("status", {})).toEqual({
    result: {
      egress: "open",
      budgets: [{ provider: "claude", limit_tokens: 1_000, used_tokens: 0, left_tokens: 1_000 }],
      questions: [
        expect.objectContaining({ id: 1, kind: "route", state: "rejected", reason: "not that one" }),
        expect.objectContaining({ id: 2, kind: "budget", state: "pending", ask: { provider: "claude", tokens: 500 } }),
      ],
    },
  })
})

// biome-ignore format: a table
test.each([
  // call             parameters                                          code      words
  ["propose_route",   { host: "a.io" },                                   -32602, /'why' is missing/],
  ["propose_route",   { host: "10.0.0.1", why: WHY },                     -32602, /cannot ask for an address/],
  ["propose_route",   { host: "forge.bot-bottle.internal", why: WHY },    -32602, /bot-bottle itself/],
  ["propose_route",   { host: "a.io", why: LONG },           -32602, /'why' is invalid/],
  ["propose_route",   { host: "a.io", why: WHY, extra: 1 },               -32602, /'extra' is unknown/],
  ["propose_route",   { host: "sealed.io", why: WHY },                    -32001, /cannot be widened/],
  ["propose_route",   { host: "denied.io", why: WHY },                    -32001, /denies this host/],
  ["request_budget",  { provider: "codex", tokens: 5, why: WHY },         -32001, /its providers: claude/],
  ["request_budget",  { provider: "claude", tokens: -5, why: WHY },       -32602, /'tokens' is invalid/],
  ["status",          { all: true },                                      -32602, /'all' is unknown/],
  ["propose_tool",    { package: "left-pad", why: WHY },                  -32601, /unknown method/],
  ["__proto__",       {},                                                 -32601, /unknown method/],
] as const)("%s %p is refused and asks nobody", async (name, params, code, words) => {
  await using world = await openWorld()
  expect(await world.call(name, params)).toEqual({ error: { code, message: expect.stringMatching(words) } })
  expect(await world.ledger.proposalsOf(SLUG)).toEqual([])
})

test("a run's questions are capped: three at once, and twenty in all", async () => {
  await using world = await openWorld()
  const ask = async (index: number) => world.call("propose_route", { host: `h${index}.io`, why: WHY })
  for (let index = 0; index < 3; index++) expect(await ask(index)).toHaveProperty("result.state", "pending")
  expect(await ask(3)).toHaveProperty("error.code", -32003)
  for (let index = 3; index <= MAX_PROPOSALS; index++) {
    for (const { id, answer } of await world.ledger.proposalsOf(SLUG))
      if (answer === undefined)
        await world.ledger.answerProposal({
          proposalId: id,
          decision: "rejected",
          reason: "",
          actor: "op",
          channel: "command",
        })
    await ask(index)
  }
  expect(await ask(99)).toEqual({ error: { code: -32003, message: expect.stringContaining("all that it may ask") } })
  expect((await world.ledger.proposalsOf(SLUG)).length).toBe(MAX_PROPOSALS)
})

test("MCP lists the tools, and a call by it is the same call", async () => {
  await using world = await openWorld()
  const listed = await world.mcp("tools/list", {})
  expect(listed.tools.map(({ name }: { name: string }) => name)).toEqual([
    "propose_route",
    "request_budget",
    "list_routes",
    "status",
  ])
  const called = await world.mcp("tools/call", { name: "propose_route", arguments: { host: "a.io", why: WHY } })
  expect(called.content[0].text).toContain("pending #1")
  const refused = await world.mcp("tools/call", { name: "propose_route", arguments: { host: "10.0.0.1", why: WHY } })
  expect([refused.isError, refused.content[0].text]).toEqual([true, expect.stringContaining("address")])
})

test.each([
  ["not JSON", "{", 200],
  ["a huge body", `{"x":"${"a".repeat(70_000)}"}`, 413],
  ["deep JSON", "[".repeat(20_000), 200],
] as const)("%s ends in an answer, and the next call is served", async (_, body, status) => {
  await using world = await openWorld()
  expect((await world.post("/rpc", body)).status).toBe(status)
  expect((await world.post("/mcp", body)).status).toBeGreaterThanOrEqual(400)
  expect(await world.call("list_routes", {})).toHaveProperty("result")
})

test("without its proxy a question about a host is refused, and status tells the rest", async () => {
  await using world = await openWorld()
  await world.stopProxy()
  expect(await world.call("propose_route", { host: "a.io", why: WHY })).toHaveProperty("error.code", -32007)
  expect(await world.call("status", {})).toHaveProperty("result.budgets", null)
})

async function openWorld() {
  const temp = await openTempFolder()
  const egressFolder = join(temp.path, "egress")
  mkdirSync(egressFolder)
  const socket = join(temp.path, "ask", "ask.sock")
  const ledgerPath = join(temp.path, "bot-bottle.db")
  const ledger = await openLedger(ledgerPath)
  await ledger.createRun(RUN)
  let pokes = 0
  const proxy = Bun.serve({
    unix: join(egressFolder, "control.sock"),
    routes: {
      "/standing": () => Response.json(STANDING),
      "/answers": () => {
        pokes += 1
        return new Response("{}")
      },
    },
  })
  const failures: unknown[] = []
  const edges = { nowMs: Date.now, reportFailure: (error: unknown) => void failures.push(error) }
  const service = await openAskService({ slug: SLUG, ledgerPath, socket, egressFolder }, edges)
  const post = (path: string, body: string) =>
    fetch(`http://supervise.bot-bottle.internal${path}`, {
      method: "POST",
      unix: socket,
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "x-bot-bottle-egress": "open",
      },
      body,
    })
  return {
    ledger,
    post,
    pokes: () => pokes,
    stopProxy: () => proxy.stop(true),
    async call(method: string, params: unknown) {
      const answer = await post("/rpc", JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }))
      const { jsonrpc: _version, id: _id, ...rest } = readJson(await answer.text(), "object")
      return rest
    },
    async mcp(method: string, params: object) {
      const answer = await post("/mcp", JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }))
      const text = await answer.text()
      const json = text.startsWith("{") ? text : text.replace(/^[\s\S]*?data: /, "").trim()
      return JSON.parse(json).result
    },
    async [Symbol.asyncDispose]() {
      await service.close()
      await proxy.stop(true)
      await ledger.close()
      await temp[Symbol.asyncDispose]()
    },
  }
}

const listed = (host: string, more: Partial<ListedRoute> = {}): ListedRoute => ({
  host,
  port: 443,
  scheme: "https",
  effect: "allow",
  inspect: true,
  matches: "every",
  ...more,
})

const STANDING: ControlStanding = {
  protocol: 1,
  routes: [listed("sealed.io"), listed("denied.io", { effect: "deny" })],
  sealed: ["sealed.io"],
  budgets: {
    chain: [{ kind: "run", key: SLUG }],
    declared: [
      { scope: { kind: "run", key: SLUG }, provider: "claude", limitTokens: 1_000, window: "total", source: "flag" },
    ],
    ceilings: [],
    gate: "reserve",
    cacheReadWeight: 0.1,
    policy: "cutoff",
  },
  providers: ["claude"],
}

const RUN = sampleRun(SLUG, {
  label: "asker",
  agent: "asker",
  bottles: ["dev"],
  ancestors: [],
  startedAtMs: Date.now(),
})
