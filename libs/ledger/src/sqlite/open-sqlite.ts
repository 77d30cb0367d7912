// Opens the ledger file and hands out the repository. Wiring only: who waits how long, and
// what is one transaction with what.

import type { Database } from "bun:sqlite"
import { zoneOffsetOf } from "@bot-bottle/budget"
import type { AuditRecord } from "../audit/audit-hash.ts"
import { verifyAudit } from "../audit/verify-audit.ts"
import type { Ledger } from "../ledger.ts"
import { createAudit, sealEmptyAudit } from "./audit.ts"
import { createAuditHead } from "./audit-head-file.ts"
import { createBudgets } from "./budgets.ts"
import { createCrossings } from "./crossings.ts"
import { createEnforcement } from "./enforcement.ts"
import { createRequests } from "./requests.ts"
import { createRuns } from "./runs.ts"
import { createSpend } from "./spend.ts"
import { openDatabase, type Synchronous } from "./store/open-database.ts"
import { createTransactions } from "./store/transactions.ts"
import { createSweep } from "./sweep.ts"
import { createTermsBook } from "./terms.ts"
import { createUsageBook } from "./usage.ts"

export interface LedgerOptions {
  readonly nowMs?: () => number
  /** IANA name of the zone whose calendar budgets and days follow; the host's own when absent. */
  readonly timeZone?: string
  /** How long a request may wait for the ledger before it is refused. */
  readonly reservePatienceMs?: number
  /** How long everything else may wait: a settlement given up is charged at its reservation. */
  readonly settlePatienceMs?: number
  /** How long opening may wait, blocking this process, for others that open or hold it. */
  readonly openPatienceMs?: number
  /** For the bench. See docs/decisions/0001-ledger-synchronous.md. */
  readonly synchronous?: Synchronous
}

const OPERATOR = "operator"

/** Throws OperatorProblem for a newer build's file, a corrupt file, or one another user can write; LedgerUnavailable for one that is locked. */
export function openLedger(path: string, options: LedgerOptions = {}): Ledger {
  const {
    nowMs = Date.now,
    synchronous = "FULL",
    reservePatienceMs = 2000,
    settlePatienceMs = 15_000,
    openPatienceMs = 5000,
  } = options
  const offset = options.timeZone === undefined ? hostOffset : zoneOffsetOf(options.timeZone)

  const head = createAuditHead(path)
  const prepare = (db: Database) => sealEmptyAudit(db, head)
  const db = openDatabase(path, { nowMs, synchronous, openPatienceMs, prepare })

  const transactions = createTransactions(db, path)
  const audit = createAudit(db, head)
  const runs = createRuns(db)
  const spend = createSpend(db, { offset, nowMs })
  const terms = createTermsBook(db, spend)
  const usage = createUsageBook(db, offset)
  const budgets = createBudgets(db, { spend, audit, nowMs })
  const crossings = createCrossings({ runs, audit, nowMs })
  const requests = createRequests(db, { runs, spend, terms, budgets, crossings, usage, nowMs })
  const sweep = createSweep(db, { runs, requests, nowMs })
  const enforcement = createEnforcement(db, { runs, audit, nowMs })
  const selectAudit = db.query<AuditRecord, []>("SELECT * FROM audit ORDER BY seq")

  const { read } = transactions
  async function write<T>(work: () => T, patienceMs = settlePatienceMs): Promise<T> {
    const value = await transactions.write(work, patienceMs)
    // The work is committed whatever becomes of the head, which may lag behind: the next
    // append moves it on.
    if (audit.isUnsealed()) await transactions.write(audit.seal, patienceMs).catch(() => undefined)
    return value
  }

  return {
    createRun: (run) => write(() => runs.create(run)),
    attachProxy: (slug, proxy) =>
      write(() => {
        // One proxy at a time: when another takes over, what the last one left is abandoned.
        if (runs.find(slug)?.proxy !== proxy) requests.settleAbandoned(slug)
        runs.attachProxy(slug, proxy)
      }),
    updateRun: (slug, change) => write(() => runs.update(slug, change)),
    updateRunAsSeen: (seen, change) => write(() => runs.updateAsSeen(seen, change)),
    findRun: (slug) => read(() => runs.find(slug)),
    listRuns: (which) => read(() => runs.list(which)),

    async reserve(request) {
      const { budgets: runBudgets, provider } = request
      let found = terms.recall(runBudgets, provider)
      if (!found) {
        found = await write(() => terms.record(runBudgets, provider), reservePatienceMs)
        terms.remember(runBudgets, found)
      }
      const known = found
      return write(() => requests.reserve(request, known), reservePatienceMs)
    },
    settle: (requestId, settlement) => write(() => requests.settle(requestId, settlement)),
    release: (requestId) => write(() => requests.release(requestId)),
    async sweep(isAlive) {
      const swept: string[] = []
      for (const run of await read(sweep.candidates)) {
        const decision = sweep.decide(run, isAlive)
        if (!decision.settleRequests && !decision.endRun) continue
        if (await write(() => sweep.apply(run, decision))) swept.push(run.slug)
      }
      return swept
    },

    setBudget: (limit, { actor = OPERATOR } = {}) => write(() => budgets.set(limit, actor)),
    unsetBudget: (scope, provider, { actor = OPERATOR } = {}) => write(() => budgets.unset(scope, provider, actor)),
    resetBudget: (scope, provider, { actor = OPERATOR } = {}) => write(() => budgets.reset(scope, provider, actor)),
    listBudgets: () => read(budgets.list),
    governingBudget: (runBudgets, provider) => read(() => budgets.governing(runBudgets, provider)),
    measureLimits: (limits) => read(() => limits.map(budgets.standingOf)),

    usage: (query) => read(() => usage.list(query)),

    beginEnforcement: (action) => write(() => enforcement.begin(action)),
    finishEnforcement: (id, outcome) => write(() => enforcement.finish(id, outcome)),
    listEnforcement: (slug) => read(() => enforcement.list(slug)),
    listPendingEnforcement: () => read(enforcement.listPending),

    appendAudit: (entry) => write(() => audit.append(entry, nowMs())),
    listAudit: () => read(audit.list),
    async verifyAudit() {
      // The head first: rows that are added meanwhile leave it behind, never ahead.
      const sealed = head.load()
      return verifyAudit(await read(() => selectAudit.all()), sealed)
    },

    close() {
      transactions.close()
      db.close()
    },
  }
}

function hostOffset(atMs: number): number {
  return -new Date(atMs).getTimezoneOffset() * 60_000
}
