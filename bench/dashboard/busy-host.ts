// A host for the bench: live runs whose launcher is this process, past runs, a long history, and
// requests that are reserved and settled at a rate.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { runFolders } from "@bot-bottle/contracts"
import { writeLaunchRecord } from "@bot-bottle/control"
import { identifyProcess } from "@bot-bottle/kernel"
import { type Ledger, openLedger } from "@bot-bottle/ledger"
import {
  fillHistory,
  sampleBudgets,
  sampleLimit,
  sampleRequest,
  sampleRun,
  sampleSettlement,
} from "@bot-bottle/ledger/testing"

export interface BusyHost extends AsyncDisposable {
  readonly root: string
  readonly ledger: Ledger
  /** Reserves, and settles a little later, until it is stopped. Says how many. */
  spend(perSecond: number, forMs: number): Promise<number>
  /** One of the newest run, open until it is settled. */
  reserveOne(): Promise<{ settle(): Promise<void> }>
}

export interface HostSize {
  readonly live: number
  readonly past: number
  readonly requests: number
}

export async function openBusyHost({ live, past, requests }: HostSize): Promise<BusyHost> {
  const root = mkdtempSync(join(tmpdir(), "bot-bottle-bench-"))
  const path = join(root, "bot-bottle.db")
  writeFileSync(join(root, "settings.yml"), "budget:\n  claude: 900000000\nbudget_window: day\n", { mode: 0o600 })
  const ledger = await openLedger(path, { synchronous: "NORMAL" })
  const launcher = identifyProcess(process.pid)
  if (launcher === undefined) throw new Error("This process has no identity")
  const slugs = Array.from({ length: live }, (_, index) => `run-number-${index}-${String(index).padStart(5, "0")}`)
  const budgets = new Map(
    slugs.map((slug) => [
      slug,
      sampleBudgets(slug, { declared: [sampleLimit(9e7, { scope: { kind: "run", key: slug }, source: "flag" })] }),
    ]),
  )
  const startedAtMs = Date.now()
  for (const [index, [slug, own]] of [...budgets].entries()) {
    mkdirSync(runFolders(root, slug).egress, { recursive: true })
    writeLaunchRecord(root, slug, { budgets: own })
    await ledger.createRun(
      sampleRun(slug, { label: slug, startedAtMs: startedAtMs + index, launcher, proxy: launcher }),
    )
  }
  for (let index = 0; index < past; index += 1) {
    await ledger.createRun(sampleRun(`past-${index}`, { status: "ended", endedAtMs: 2_000, exitCode: 0 }))
  }
  let made = 0
  const one = async (slug: string) => {
    const own = budgets.get(slug)
    if (own === undefined) return
    const id = `${Bun.randomUUIDv7()}`
    // The run with the long history has spent its limit.
    const { outcome } = await ledger.reserve(sampleRequest(id, slug, own))
    if (outcome !== "reserved") return
    made += 1
    setTimeout(
      () => void ledger.settle(id, sampleSettlement({ inputTokens: 700, outputTokens: 300 })).catch(() => {}),
      400,
    )
  }
  const first = slugs[0] ?? ""
  await one(first)
  await Bun.sleep(600)
  if (requests > 0) fillHistory({ path, slug: first, requests, spanMs: 30 * 86_400_000, endMs: Date.now() - 60_000 })
  return {
    root,
    ledger,
    async spend(perSecond, forMs) {
      const before = made
      const until = performance.now() + forMs
      for (let turn = 0; performance.now() < until; turn += 1) {
        await one(slugs[turn % slugs.length] ?? first)
        await Bun.sleep(1_000 / perSecond)
      }
      await Bun.sleep(600)
      return made - before
    },
    async reserveOne() {
      const slug = slugs.at(-1) ?? first
      const own = budgets.get(slug)
      if (own === undefined) throw new Error("There is no live run")
      const id = Bun.randomUUIDv7()
      await ledger.reserve(sampleRequest(id, slug, own))
      return {
        async settle() {
          await ledger.settle(id, sampleSettlement({ inputTokens: 700, outputTokens: 300 }))
        },
      }
    },
    async [Symbol.asyncDispose]() {
      await ledger.close()
      rmSync(root, { recursive: true, force: true })
    },
  }
}
