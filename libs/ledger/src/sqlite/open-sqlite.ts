// Opens the ledger file and hands out the repository. Wiring only: how long a caller waits,
// and what is one transaction with what.
//
// The methods are asynchronous for the sake of a store over the network. Here each resolves as
// soon as its transaction has committed.

import type { Database } from "bun:sqlite"
import { zoneOffsetOf } from "@bot-bottle/budget"
import type { HostId } from "@bot-bottle/contracts"
import type { AuditRecord } from "../audit/audit-hash.ts"
import { verifyAudit } from "../audit/verify-audit.ts"
import type { Ledger } from "../ledger.ts"
import type { ReserveRequest } from "../roles/metering.ts"
import { createAudit, sealEmptyAudit } from "./audit.ts"
import { createAuditHeadFile, headOfEmptyAudit } from "./audit-head-file.ts"
import { createBlocks } from "./blocks.ts"
import { createBudgets } from "./budgets.ts"
import { createClaims } from "./claims.ts"
import { createCrossings } from "./crossings.ts"
import { createEnforcement } from "./enforcement.ts"
import { createFleetState } from "./fleet-state.ts"
import { createHostPart, type HostPart } from "./host-part.ts"
import { ensureHost } from "./host-row.ts"
import { createRequestList } from "./list-requests.ts"
import { createPace } from "./pace.ts"
import { createProposals } from "./proposals.ts"
import { createRequests } from "./requests.ts"
import { createRuns } from "./runs.ts"
import { createSpend } from "./spend.ts"
import { openDatabase, type Synchronous } from "./store/open-database.ts"
import { openEmpty } from "./store/open-empty.ts"
import { openSnapshot } from "./store/open-snapshot.ts"
import { withoutSpace } from "./store/sqlite-trouble.ts"
import { createTransactions } from "./store/transactions.ts"
import { createSweep } from "./sweep.ts"
import { createTermsTable, type Terms } from "./terms.ts"
import { createUsageTable } from "./usage.ts"
import { watchLedger } from "./watch.ts"
import { createWindows } from "./windows.ts"

export interface LedgerOptions {
  readonly nowMs?: () => number
  /** For tests of several hosts on one ledger; the ledger's own when absent. */
  readonly host?: HostId
  /** IANA name of the zone whose calendar budgets and days follow; the host's own when absent. */
  readonly timeZone?: string
  /** How long a request may wait for the ledger before it is refused. */
  readonly reserveTimeoutMs?: number
  /** How long everything else may wait: a settlement given up is charged at its reservation. */
  readonly settleTimeoutMs?: number
  /** How long opening may wait, blocking this process, for others that open or hold it. */
  readonly openTimeoutMs?: number
  /** For the bench. See docs/decisions/0001-ledger-synchronous.md. */
  readonly synchronous?: Synchronous
}

/** Throws OperatorProblem for a newer build's file, a corrupt file, or one another user can write; LedgerUnavailable for one that is locked. */
export async function openLedger(path: string, options: LedgerOptions = {}): Promise<Ledger> {
  return (await openSqliteStore(path, { ...options, isShared: false })).ledger
}

/** For reading only, with what the file holds now, on a disk too full to open it. Every write throws LedgerFull. */
export async function openLedgerSnapshot(path: string, options: LedgerOptions = {}): Promise<Ledger> {
  return (await openSqliteStore(path, { ...options, isShared: false, isSnapshot: true })).ledger
}

/** For reading only, where no ledger has been made yet: it holds nothing, and makes no file. Every write throws. */
export async function openEmptyLedger(options: LedgerOptions = {}): Promise<Ledger> {
  return (await openSqliteStore(":memory:", { ...options, isShared: false, isEmpty: true })).ledger
}

/** A ledger of one host, and what only a shared ledger needs of it. */
export interface SqliteStore {
  readonly ledger: Ledger
  /** Of a ledger opened with `isShared` only. */
  readonly part: HostPart
}

export interface StoreOptions extends LedgerOptions {
  readonly isShared: boolean
  readonly isSnapshot?: true
  readonly isEmpty?: true
}

export async function openSqliteStore(path: string, options: StoreOptions): Promise<SqliteStore> {
  const {
    nowMs = Date.now,
    synchronous = "FULL",
    reserveTimeoutMs = 2000,
    settleTimeoutMs = 15_000,
    openTimeoutMs = 5000,
  } = options
  const offset = options.timeZone === undefined ? hostOffset : zoneOffsetOf(options.timeZone)

  const { isSnapshot = false, isEmpty = false } = options
  const head = isEmpty ? headOfEmptyAudit : createAuditHeadFile(path)
  const prepare = (db: Database): HostId => {
    if (!isSnapshot) sealEmptyAudit(db, head)
    return ensureHost(db, nowMs)
  }
  const { db, prepared } = isEmpty
    ? openEmpty({ nowMs, prepare })
    : isSnapshot
      ? openSnapshot(path, { nowMs, openTimeoutMs, prepare })
      : await openDatabase(path, { nowMs, synchronous, openTimeoutMs, prepare })
  const host = options.host ?? prepared

  const transactions = createTransactions(db, path)
  const audit = createAudit(db, head)
  const runs = createRuns(db, host)
  const claims = createClaims(db, host)
  const requestList = createRequestList(db)
  const spend = createSpend(db, { offset, nowMs })
  const pace = createPace(db, spend)
  const terms = createTermsTable(db, spend)
  const usage = createUsageTable(db, offset)
  const state = createFleetState(db, offset)
  const blocks = options.isShared ? createBlocks(db, { spend, state, nowMs }) : undefined
  const budgets = createBudgets(db, { spend, audit, blocks, nowMs })
  const crossings = createCrossings({ runs, audit, nowMs })
  const requests = createRequests(db, { runs, spend, pace, terms, budgets, crossings, usage, blocks, nowMs })
  const sweep = createSweep(db, { runs, requests, nowMs })
  const enforcement = createEnforcement(db, { runs, audit, nowMs })
  const proposals = createProposals(db, { runs, audit, nowMs })
  const windows = createWindows(db)
  const selectAudit = db.query<AuditRecord, []>("SELECT * FROM audit ORDER BY seq")

  const { read } = transactions
  async function write<T>(work: () => T, timeoutMs = settleTimeoutMs): Promise<T> {
    if (isSnapshot) throw withoutSpace(path)
    if (isEmpty) throw new TypeError("A command that only reads has written to the ledger")
    const value = await transactions.write(work, timeoutMs)
    // The work is committed whatever becomes of the head, which may lag behind: the next
    // append moves it on.
    if (audit.isUnsealed()) await transactions.write(audit.seal, timeoutMs).catch(() => undefined)
    return value
  }

  async function close(): Promise<void> {
    transactions.close()
    db.close()
  }

  async function loadTerms({ budgets: runBudgets, provider }: ReserveRequest): Promise<Terms> {
    const known = terms.recall(runBudgets, provider)
    if (known) return known
    const found = await write(() => terms.record(runBudgets, provider), reserveTimeoutMs)
    terms.remember(runBudgets, found)
    return found
  }

  const ledger: Ledger = {
    host,
    fleet: undefined,
    createRun: (run) => write(() => runs.create(run)),
    attachProxy: (slug, proxy) =>
      write(() => {
        // One proxy at a time: when another takes over, what the last one left is abandoned.
        if (runs.find(slug)?.proxy !== proxy) requests.settleAbandoned(slug)
        runs.attachProxy(slug, proxy)
      }),
    updateRunAsSeen: (seen, change) => write(() => runs.updateAsSeen(seen, change)),
    tagRun: (slug, tags) => write(() => runs.tag(slug, tags)),
    findRun: (slug) => read(() => runs.find(slug)),
    listRuns: (which) => read(() => runs.list(which)),
    countPastRuns: () => read(runs.countPast),

    async reserve(request) {
      const { budgets: runBudgets, provider } = request
      const known = terms.recall(runBudgets, provider) ?? (await loadTerms(request))
      return write(() => requests.reserve(request, known), reserveTimeoutMs)
    },
    settle: (requestId, settlement) => write(() => requests.settle(requestId, settlement)),
    release: (requestId) => write(() => requests.release(requestId)),
    async sweep({ host: of, isAlive }) {
      const swept: string[] = []
      const [candidates, held] = await read(() => [sweep.candidates(of), claims.list(of)] as const)
      for (const claim of held) {
        if (!isAlive(claim.holder)) await write(() => claims.release(claim))
      }
      for (const run of candidates) {
        const decision = sweep.decide(run, isAlive)
        if (!decision.settleRequests && !decision.endRun) continue
        if (await write(() => sweep.apply(run, decision))) swept.push(run.slug)
      }
      return swept
    },

    async claim(claim, isAlive) {
      for (;;) {
        const holder = await read(() => claims.findHolder(claim))
        if (holder === claim.holder) return "held"
        if (holder !== undefined && isAlive(holder)) return "taken"
        if (await write(() => claims.take(claim, holder))) return "claimed"
      }
    },
    releaseClaim: (claim) => write(() => claims.release(claim)),

    setBudget: (limit, { actor }) => write(() => budgets.set(limit, actor)),
    unsetBudget: (scope, provider, { actor }) => write(() => budgets.unset(scope, provider, actor)),
    resetBudget: (which, { actor }) => write(() => budgets.reset(which, actor)),
    listBudgets: () => read(budgets.list),
    governingBudget: (runBudgets, provider) => read(() => budgets.governing(runBudgets, provider)),
    measureLimits: (limits) => read(() => limits.map(budgets.standingOf)),

    watch: (query) =>
      watchLedger({ path, read, runs, requests: requestList, enforcement, audit, budgets, proposals, nowMs }, query),

    usage: (query) => read(() => usage.list(query)),
    listRequests: (query) => read(() => requestList.list(query)),

    beginEnforcement: (action) => write(() => enforcement.begin(action)),
    finishEnforcement: (id, outcome) => write(() => enforcement.finish(id, outcome)),
    listEnforcement: (slug) => read(() => enforcement.list(slug)),
    listPendingEnforcement: () => read(enforcement.listPending),

    propose: (proposal, { actor }) => write(() => proposals.propose(proposal, actor)),
    answerProposal: (answer) => write(() => proposals.answer(answer)),
    findProposal: (id) => read(() => proposals.find(id)),
    proposalsOf: (slug) => read(() => proposals.of(slug)),
    pendingProposals: () => read(proposals.pending),
    listProposals: ({ limit }) => read(() => proposals.newest(limit)),
    answersAfter: (slug, afterSeq) => read(() => proposals.answersAfter(slug, afterSeq)),
    addAnswerToken: (token) => write(() => proposals.addToken(token)),
    answerByToken: (answer) => write(() => proposals.answerByToken(answer)),
    findAnswerToken: (hash) => read(() => proposals.findToken(hash)),

    noteWindows: (seen) =>
      write(() => {
        for (const window of seen) windows.note(window)
      }),
    listWindows: () => read(windows.list),

    appendAudit: (entry) => write(() => audit.append(entry, nowMs())),
    listAudit: (query = {}) => read(() => audit.list(query)),
    loadAuditHead: async () => head.load(),
    async verifyAudit() {
      // The head first: rows that are added meanwhile leave it behind, never ahead.
      const sealed = head.load()
      return verifyAudit(await read(() => selectAudit.all()), sealed)
    },

    close,
    [Symbol.asyncDispose]: close,
  }

  const part = createHostPart(db, {
    read,
    write,
    state,
    blocks,
    budgets,
    spend,
    requests,
    loadTerms,

    reserveTimeoutMs,
  })
  return { ledger, part }
}

function hostOffset(atMs: number): number {
  return -new Date(atMs).getTimezoneOffset() * 60_000
}
