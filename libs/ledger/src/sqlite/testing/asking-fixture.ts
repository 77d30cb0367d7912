// A process of its own that asks and answers: `bun asking-fixture.ts <path> <slug> <its name> <questions>`. It approves
// whatever it finds waiting, its own questions and those of other processes. Prints one JSON line at the end.

import { openLedger } from "../open-sqlite.ts"

const [path = "", slug = "", name = "", questions = "0"] = process.argv.slice(2)
const ledger = await openLedger(path, { settleTimeoutMs: 20_000 })
const counts = { asked: 0, answered: 0, mostWaiting: 0 }

for (let n = 0; n < Number(questions); n++) {
  const ask = { kind: "route", host: `${name}-${n}.example` } as const
  const asked = await ledger.propose({ slug, ask, why: "needed", lifetimeMs: 60_000 }, { actor: "agent" })
  if (asked.outcome === "asked") counts.asked++
  const waiting = await ledger.pendingProposals()
  counts.mostWaiting = Math.max(counts.mostWaiting, waiting.length)
  for (const { id } of waiting) {
    const wish = { decision: "approved", duration: "run", reason: "", channel: "command" } as const
    const answer = await ledger.answerProposal({ ...wish, proposalId: id, actor: name })
    if (answer.outcome === "answered") counts.answered++
  }
}
await ledger.close()
process.stdout.write(`${JSON.stringify(counts)}\n`)
