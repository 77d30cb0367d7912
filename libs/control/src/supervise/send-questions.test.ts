import { expect, test } from "bun:test"
import type { Ask } from "@bot-bottle/contracts"
import { openTempLedger, sampleRun } from "@bot-bottle/ledger/testing"
import { readJson, type Shaped, waitFor } from "@bot-bottle/testkit"
import { answerByToken } from "./answer-question.ts"
import { sendQuestions } from "./send-questions.ts"

const READ = { kind: "route", host: "docs.example", methods: ["GET"] } as const
const WRITE: Ask = { kind: "route", host: "api.example", methods: ["POST"] }

test("each question of the run is sent once, with a token for each answer; other runs' are not", async () => {
  await using setting = await openSetting()
  await setting.ask(READ)
  await setting.ask(WRITE)
  await setting.ledger.createRun(sampleRun("other"))
  await setting.ask(READ, "other")
  await waitFor("two questions", () => setting.received.length === 2)
  // By the time the next one is sent, the sender has looked at the first two again.
  await setting.ask({ ...READ, host: "more.example" })
  await waitFor("the third question", () => setting.received.some(({ id }) => id === 4))
  const [first, second, ...more] = setting.received.toSorted((a, b) => a.id - b.id)
  expect(more.map(({ id }) => id)).toEqual([4])
  expect(first).toMatchObject({
    ...{ v: 1, id: 1, slug: "impl", label: "fix it", agent: "implementer", kind: "route", ask: READ },
    ...{ summary: "GET docs.example", why: "needed", risks: [], needs_reason: false },
  })
  expect(Object.keys(first?.tokens ?? {})).toEqual(["approve_once", "approve_run", "reject"])
  expect(first?.commands.approve_run).toBe(`bot-bottle supervise answer ${first?.tokens.approve_run}`)
  expect(second).toMatchObject({ id: 2, risks: ["writes-to-new-host"], needs_reason: true })
  expect(second?.commands.approve_once).toEndWith("--reason '…'")
  expect(new Set([first, second].flatMap((each) => Object.values(each?.tokens ?? {}))).size).toBe(6)
  for (const token of Object.values(first?.tokens ?? {})) expect(token).toMatch(/^bbq_[\w-]{43}$/)

  const audit = await setting.ledger.listAudit()
  expect(audit.filter(({ kind }) => kind === "proposal-sent").map(({ slug, actor }) => [slug, actor])).toEqual([
    ...Array(3).fill(["impl", "launcher"]),
  ])
  expect(JSON.stringify(audit)).not.toContain("bbq_")
})

test("a token answers its question, once; a risky one wants a reason, and is not used up by asking", async () => {
  await using setting = await openSetting()
  await setting.ask(WRITE)
  await waitFor("the question", () => setting.received.length === 1)
  const { approve_run, reject } = setting.received[0]?.tokens ?? {}
  if (approve_run == null || reject == null) throw new Error("the question has no tokens")
  const answer = (token: string, reason = "") => answerByToken(setting.host, setting.ledger, { token, reason })

  await expect(answer(approve_run)).rejects.toThrow("an approval needs a reason")
  const answered = await answer(approve_run, "the release needs it")
  expect(answered.proposal.answer).toMatchObject({
    ...{ decision: "approved", duration: "run", reason: "the release needs it", actor: "ana", channel: "token" },
  })
  for (const token of [approve_run, reject]) await expect(answer(token, "again")).rejects.toThrow("answered already")
  await expect(answer(`${approve_run}x`)).rejects.toThrow("invalid token")
  const refusals = (await setting.ledger.listAudit()).filter(({ kind }) => kind === "proposal-token-refused")
  expect(refusals.map(({ detail }) => detail["reason"])).toEqual(["answered", "answered", "unknown-token"])
})

test("a delivery that fails is told of and tried again, until it is answered or out of tries", async () => {
  await using setting = await openSetting({ status: 503 })
  await setting.ask(READ)
  await waitFor("three failures", () => setting.failures.length === 3)
  await setting.close()
  expect(setting.failures.map(({ question, isLast }) => [question, isLast])).toEqual([
    [1, false],
    [1, false],
    [1, true],
  ])
  expect(await setting.ledger.pendingProposals()).toHaveLength(1)
})

const ANSWERS = { approve_once: "string?", approve_run: "string?", reject: "string?" } as const
const QUESTION = { id: "number", tokens: ANSWERS, commands: ANSWERS } as const

async function openSetting({ status = 200 }: { readonly status?: number } = {}) {
  const temp = await openTempLedger()
  const { ledger } = temp
  await ledger.createRun(sampleRun("impl"))
  const received: Shaped<typeof QUESTION>[] = []
  const failures: { readonly question: number; readonly isLast: boolean }[] = []
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      received.push(readJson(await request.text(), QUESTION))
      return new Response("", { status })
    },
  })
  const none = () => undefined
  const env = { root: temp.folder, cwd: temp.folder, path: "", operator: "ana", find: none, findSecret: none }
  const sender = sendQuestions({
    ...{ env, ledger, slug: "impl", asker: { label: "fix it", agent: "implementer" } },
    target: { kind: "webhook", url: `http://127.0.0.1:${server.port}/` },
    onFailed: (failure) => failures.push(failure),
    pollMs: 5,
    retryMs: [5, 5],
  })
  return {
    ledger,
    received,
    failures,
    host: { env },
    ask: (ask: Ask, slug = "impl") =>
      ledger.propose({ slug, ask, why: "needed", lifetimeMs: 3_600_000 }, { actor: "agent" }),
    close: () => sender[Symbol.asyncDispose](),
    async [Symbol.asyncDispose]() {
      await sender[Symbol.asyncDispose]()
      await server.stop(true)
      await temp[Symbol.asyncDispose]()
    },
  }
}
