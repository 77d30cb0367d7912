// A process of its own that spends under a host's `parallel`: `bun paced-fixture.ts <ledger> <slug> <parallel>
// <requests> <log>`. Appends `+` to the log once a request is reserved, and `-` before it is settled.

import { appendFileSync } from "node:fs"
import { HOST_SCOPE, type ProcessIdentity } from "@bot-bottle/contracts"
import { sampleBudgets, sampleRequest, sampleRun, sampleSettlement } from "../../testing/index.ts"
import { openLedger } from "../open-sqlite.ts"

const [path = "", slug = "", parallel = "1", requests = "0", log = ""] = process.argv.slice(2)
const ledger = await openLedger(path, { reserveTimeoutMs: 20_000, settleTimeoutMs: 20_000 })
const budgets = sampleBudgets(slug, { fanOut: [{ scope: HOST_SCOPE, parallel: Number(parallel) }] })
await ledger.createRun(sampleRun(slug))
await ledger.attachProxy(slug, `${process.pid}:1:test` as ProcessIdentity)

let next = 0
async function spend(): Promise<void> {
  while (next < Number(requests)) {
    const id = `${slug}-${next++}`
    while ((await ledger.reserve(sampleRequest(id, slug, budgets))).outcome === "refused") await Bun.sleep(2)
    appendFileSync(log, "+")
    await Bun.sleep(1)
    appendFileSync(log, "-")
    await ledger.settle(id, sampleSettlement({ outputTokens: 1 }))
  }
}

await Promise.all([spend(), spend(), spend()])
await ledger.close()
