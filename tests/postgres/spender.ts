// A process of one host that spends from the shared ledger until it is killed or its stdin ends:
// `bun spender.ts <ledger file> <host> <address> <home> <slug> <clock off by, ms>`.

import type { HostId, ProcessIdentity } from "@bot-bottle/contracts"
import { LedgerUnavailable, openLedger } from "@bot-bottle/ledger"
import { sampleBudgets, sampleRequest, sampleRun, sampleSettlement } from "@bot-bottle/ledger/testing"

const CLIENTS = 6
const [path = "", host = "", url = "", home = "", slug = "", skew = "0"] = process.argv.slice(2)
const nowMs = () => Date.now() + Number(skew)
const ledger = await openLedger(path, { host: host as HostId, nowMs, shared: { url, password: undefined, home } })
await ledger.createRun(sampleRun(slug, { launcher: `${process.pid}:1:spender` as ProcessIdentity }))
const over = new AbortController()
const serving = ledger.fleet?.serve({
  signal: over.signal,
  self: `${process.pid}:1:spender` as ProcessIdentity,
  isAlive: (identity) => isAlive(Number.parseInt(identity, 10)),
  onCommand() {},
})
const budgets = sampleBudgets(slug)
let next = 0
void new Response(Bun.stdin.stream()).text().then(() => over.abort())
process.stdout.write("spending\n")
await Promise.all(Array.from({ length: CLIENTS }, spend))
await serving
await ledger.close()

async function spend(): Promise<void> {
  while (!over.signal.aborted) {
    try {
      const id = `${slug}-${next++}`
      const tokens = { inputTokens: 0, maxOutputTokens: 40, minOutputTokens: 1 }
      const result = await ledger.reserve(sampleRequest(id, slug, budgets, tokens))
      if (result.outcome === "refused") {
        await Bun.sleep(50)
        continue
      }
      await Bun.sleep(Math.random() * 5)
      const outputTokens = 1 + Math.floor(Math.random() * result.reservedTokens)
      await ledger.settle(id, sampleSettlement({ outputTokens }))
    } catch (error) {
      if (!(error instanceof LedgerUnavailable)) throw error
      await Bun.sleep(100)
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    // No such process.
    return false
  }
}
