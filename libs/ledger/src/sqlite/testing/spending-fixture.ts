// A process of its own that spends from a ledger: `bun spending-fixture.ts <path> <slug> <limit> <requests> <in flight>`.
// Prints one JSON line per settled request as soon as it is durable, and one at the end.

import type { ProcessIdentity } from "@bot-bottle/contracts"
import { sampleBudgets, sampleLimit, sampleRequest, sampleRun, sampleSettlement } from "../../testing/index.ts"
import { openLedger } from "../open-sqlite.ts"

const [path = "", slug = "", limit = "0", requests = "0", inFlight = "1"] = process.argv.slice(2)
const ledger = await openLedger(path, { reserveTimeoutMs: 20_000, settleTimeoutMs: 20_000 })
const budgets = sampleBudgets(slug, { declared: [sampleLimit(Number(limit))] })
await ledger.createRun(sampleRun(slug))
await ledger.attachProxy(slug, `${process.pid}:1:test` as ProcessIdentity)

const counts = { charged: 0, refused: 0 }
let next = 0

async function spend(): Promise<void> {
  while (next < Number(requests)) {
    const id = `${slug}-${next++}`
    const tokens = { inputTokens: 1, maxOutputTokens: 4, minOutputTokens: 1 }
    const reserved = await ledger.reserve(sampleRequest(id, slug, budgets, tokens))
    if (reserved.outcome === "refused") {
      counts.refused++
      continue
    }
    // Somewhere from one token to all that was reserved.
    const outputTokens = 1 + (next % reserved.reservedTokens)
    const { chargedTokens } = await ledger.settle(id, sampleSettlement({ outputTokens }))
    counts.charged += chargedTokens
    process.stdout.write(`${JSON.stringify({ id, chargedTokens })}\n`)
  }
}

await Promise.all(Array.from({ length: Number(inFlight) }, spend))
await ledger.close()
process.stdout.write(`${JSON.stringify(counts)}\n`)
