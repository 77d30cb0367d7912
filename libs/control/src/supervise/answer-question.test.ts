import { expect, test } from "bun:test"
import { mkdirSync } from "node:fs"
import { type Ask, runFolders } from "@bot-bottle/contracts"
import { openTempLedger, sampleBudgets, sampleLimit, sampleRun } from "@bot-bottle/ledger/testing"
import { writeLaunchRecord } from "../launch/launch-record.ts"
import { answerQuestion } from "./answer-question.ts"

const APPROVE = { decision: "approved", duration: "run", proposalId: 1, reason: "go", channel: "command" } as const
const MORE: Ask = { kind: "budget", provider: "claude", tokens: 100 }

test("a budget is raised by the run's own limit, once, with the operator's name on both rows", async () => {
  await using setting = await openSetting(MORE)
  const { ledger, host } = setting
  const { raise } = await answerQuestion(host, ledger, APPROVE)
  const limit = { scope: { kind: "run", key: "impl" }, provider: "claude", limitTokens: 600, window: "total" } as const
  expect(raise).toEqual({ limit, limitBefore: undefined })
  await expect(answerQuestion(host, ledger, APPROVE)).rejects.toThrow(
    "question #1 is answered already: approved (run) by ana",
  )
  expect(await ledger.listBudgets()).toEqual([{ ...limit, source: "operator" }])
  const rows = (await ledger.listAudit()).map(({ kind, actor }) => [kind, actor])
  expect(rows).toEqual([
    ["proposal-asked", "agent"],
    ["proposal-approved", "ana"],
    ["budget-set", "ana"],
  ])
})

test("a rejected budget raises nothing", async () => {
  await using setting = await openSetting(MORE)
  await answerQuestion(setting.host, setting.ledger, { ...APPROVE, decision: "rejected" })
  expect(await setting.ledger.listBudgets()).toEqual([])
})

test("a limit that cannot be set after the answer is told with the command that sets it", async () => {
  await using setting = await openSetting(MORE)
  const { ledger, host } = setting
  const full = { ...ledger, setBudget: () => Promise.reject(new Error("the disk is full")) }
  await expect(answerQuestion(host, full, APPROVE)).rejects.toMatchObject({
    message: "approved, but the limit was not raised: the disk is full",
    hint: "bot-bottle budget set run:impl claude 600",
  })
})

// biome-ignore format: a table
test.each([
  // ask                                               problem
  [{ ...MORE, provider: "codex" },                     "run 'impl' meters no codex"],
  [{ kind: "route", host: "*.io.example" },            "an approval needs a reason: this opens every name below a domain"],
  [{ kind: "route", host: "a.example" },               "an approval needs a reason: this lets the agent send data"],
] as const)("%j without a reason is refused, and the question waits", async (ask, problem) => {
  await using setting = await openSetting(ask)
  const { ledger, host } = setting
  await expect(answerQuestion(host, ledger, { ...APPROVE, reason: "  " })).rejects.toThrow(problem)
  expect(await ledger.pendingProposals()).toHaveLength(1)
})

async function openSetting(ask: Ask) {
  const temp = await openTempLedger()
  const { ledger, folder } = temp
  await ledger.createRun(sampleRun("impl"))
  mkdirSync(runFolders(folder, "impl").state, { recursive: true })
  writeLaunchRecord(folder, "impl", { budgets: sampleBudgets("impl", { declared: [sampleLimit(500)] }) })
  await ledger.propose({ slug: "impl", ask, why: "needed", lifetimeMs: 60_000 }, { actor: "agent" })
  const none = () => undefined
  const env = { root: folder, cwd: folder, path: "", operator: "ana", find: none, findSecret: none }
  return { ledger, host: { env }, [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose]() }
}
