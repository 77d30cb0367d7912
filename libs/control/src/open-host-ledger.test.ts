import { expect, test } from "bun:test"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { HOST_SCOPE } from "@bot-bottle/contracts"
import { openTempFolder } from "@bot-bottle/testkit"
import { openHostLedger, openHostLedgerToFree, openHostLedgerToRead } from "./open-host-ledger.ts"

test.each([
  ["to read", openHostLedgerToRead],
  ["to free", openHostLedgerToFree],
] as const)("a ledger that is opened %s without a host folder is empty, and makes none", async (_, open) => {
  await using host = await hostWithoutFolder()
  await using ledger = await open(host)
  const held = {
    runs: await ledger.listRuns({ all: true }),
    usage: await ledger.usage({ by: "run" }),
    budgets: await ledger.listBudgets(),
    proposals: await ledger.pendingProposals(),
    audit: await ledger.listAudit(),
    verified: (await ledger.verifyAudit()).outcome,
  }
  expect(held).toEqual({ runs: [], usage: [], budgets: [], proposals: [], audit: [], verified: "intact" })
  expect(existsSync(host.env.root)).toBe(false)
})

test("a write to the ledger of a host without a folder is refused, and never lost in silence", async () => {
  await using host = await hostWithoutFolder()
  await using ledger = await openHostLedgerToRead(host)
  const limit = { scope: HOST_SCOPE, provider: "claude", limitTokens: 5, window: "total", source: "operator" } as const
  await expect(ledger.setBudget(limit, { actor: "ann" })).rejects.toThrow("only reads has written")
})

test("a host folder whose ledger is gone is not taken for a new host: the head of its audit still counts", async () => {
  await using host = await hostWithoutFolder()
  const head = { seq: 7, hash: "a".repeat(64) }
  await (await openHostLedger(host)).close()
  await Bun.write(join(host.env.root, "audit-head"), `${JSON.stringify(head)}\n`)
  await Bun.file(join(host.env.root, "bot-bottle.db")).delete()
  await using ledger = await openHostLedgerToRead(host)
  expect((await ledger.verifyAudit()).outcome).not.toBe("intact")
})

async function hostWithoutFolder() {
  const folder = await openTempFolder()
  const find = () => undefined
  const root = join(folder.path, "root")
  return {
    env: { root, find, findSecret: find, cwd: folder.path, path: "", operator: "ann" },
    notify: () => {},
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}
