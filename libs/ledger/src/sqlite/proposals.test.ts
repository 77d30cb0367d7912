import { Database } from "bun:sqlite"
import { expect, test } from "bun:test"
import { join } from "node:path"
import { readJson, runProgram } from "@bot-bottle/testkit"
import { openTempLedger, sampleRun } from "../testing/index.ts"

// biome-ignore format: a table
test.each([
  // statement                                                          refusal
  ["UPDATE proposal SET expires_at_ms = expires_at_ms + 1",             "a proposal never changes"],
  ["DELETE FROM proposal",                                              "a proposal is never removed"],
  ["UPDATE proposal_answer SET decision = 'rejected', duration = NULL", "an answer never changes"],
  ["DELETE FROM proposal_answer",                                       "an answer is never removed"],
  ["INSERT INTO proposal_answer SELECT seq + 1, proposal_id, decision, duration, ask, reason, actor, channel, answered_at_ms FROM proposal_answer",
                                                                        "UNIQUE constraint failed"],
] as const)("the store itself refuses: %s", async (statement, refusal) => {
  await using under = await answeredProposal()
  using db = new Database(under.path)
  expect(() => db.run(statement)).toThrow(refusal)
})

test("six processes that ask and answer at once pass no cap together, and answer each question once", async () => {
  await using under = await openTempLedger()
  const { ledger, path } = under
  await ledger.createRun(sampleRun("impl-abc12"))
  const program = join(import.meta.dir, "testing/asking-fixture.ts")
  const ends = await Promise.all(
    Array.from({ length: 6 }, (_, index) =>
      runProgram([process.execPath, program, path, "impl-abc12", `p${index}`, "12"]),
    ),
  )
  expect(ends.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(ends.map(() => [0, ""]))
  const counts = ends.map(({ stdout }) =>
    readJson(stdout, { asked: "number", answered: "number", mostWaiting: "number" }),
  )
  const sum = (key: "asked" | "answered") => counts.reduce((total, each) => total + each[key], 0)
  expect([sum("asked"), sum("answered")]).toEqual([20, 20])
  expect(Math.max(...counts.map(({ mostWaiting }) => mostWaiting))).toBeLessThanOrEqual(3)
  const kinds = (await ledger.listAudit()).map(({ kind }) => kind)
  expect(kinds.filter((kind) => kind === "proposal-approved")).toHaveLength(20)
  expect(await ledger.verifyAudit()).toMatchObject({ outcome: "intact" })
})

async function answeredProposal() {
  const under = await openTempLedger()
  const { ledger } = under
  await ledger.createRun(sampleRun("impl-abc12"))
  const ask = { kind: "route", host: "a.io" } as const
  await ledger.propose({ slug: "impl-abc12", ask, why: "needed", lifetimeMs: 1_000 }, { actor: "agent" })
  const by = { reason: "", actor: "me", channel: "command" } as const
  await ledger.answerProposal({ decision: "approved", duration: "run", proposalId: 1, ...by })
  return under
}
