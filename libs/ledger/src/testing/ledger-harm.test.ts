import { expect, test } from "bun:test"
import { LedgerUnavailable } from "../ledger-unavailable.ts"
import { damageFile, holdWriteLock, listDamage } from "./ledger-harm.ts"
import { sampleBudgets, sampleRequest, sampleRun } from "./samples.ts"
import { openTempLedger } from "./temp-ledger.ts"

const slug = "impl-abc12"

test("listDamage: nothing in a ledger at work, something once it is damaged", async () => {
  await using temp = await openTempLedger()
  await temp.ledger.createRun(sampleRun(slug))
  expect(listDamage(temp.path)).toEqual([])
  damageFile(temp.path)
  expect(damageOf(temp.path)).not.toEqual([])
})

test("damageFile: a ledger that is open notices at its next request", async () => {
  await using temp = await openTempLedger()
  await temp.ledger.createRun(sampleRun(slug))
  await temp.ledger.reserve(sampleRequest("r0", slug, sampleBudgets(slug)))
  damageFile(temp.path)
  const next = temp.ledger.reserve(sampleRequest("r1", slug, sampleBudgets(slug)))
  await expect(next).rejects.toBeInstanceOf(LedgerUnavailable)
})

test("holdWriteLock: nobody writes until it is let go", async () => {
  await using temp = await openTempLedger({ settleTimeoutMs: 20 })
  const release = holdWriteLock(temp.path)
  await expect(temp.ledger.createRun(sampleRun(slug))).rejects.toBeInstanceOf(LedgerUnavailable)
  release()
  await temp.ledger.createRun(sampleRun(slug))
})

/** SQLite gives up on a file that is damaged enough. */
function damageOf(path: string): readonly string[] {
  try {
    return listDamage(path)
  } catch (error) {
    return [String(error)]
  }
}
