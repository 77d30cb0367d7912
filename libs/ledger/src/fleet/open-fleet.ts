// Opens a ledger that several hosts share: this host's own file, and PostgreSQL beside it.
//
// Requests are reserved and settled in the host's own file, as with a ledger of one host. The
// shared database grants blocks of shared budgets, gets copies of what happened here, and has what
// happened elsewhere. When it is gone, this host continues within its blocks; its changes are sent
// once the database is back.

import { zoneOffsetOf } from "@bot-bottle/budget"
import { type BudgetLimit, FLEET_SCOPE, type Run, type RunBudgets, type Slug } from "@bot-bottle/contracts"
import { auditRowFrom } from "../audit/audit-hash.ts"
import type { Ledger } from "../ledger.ts"
import { LedgerOutdated, LedgerUnavailable } from "../ledger-unavailable.ts"
import { connect, type SharedLedgerAddress } from "../postgres/connect.ts"
import { createHostCommands } from "../postgres/host-commands.ts"
import { createIssueQueue } from "../postgres/issue-queue.ts"
import { createJobQueue } from "../postgres/job-queue.ts"
import { migratePostgres, POSTGRES_MIGRATIONS, type PostgresMigration } from "../postgres/migrate-postgres.ts"
import { createSharedStore } from "../postgres/shared-store.ts"
import type { GoverningBudget } from "../roles/budgets.ts"
import type { Fleet } from "../roles/fleet.ts"
import { isSharedScope } from "../sqlite/blocks.ts"
import { type LedgerOptions, openSqliteStore } from "../sqlite/open-sqlite.ts"
import { askHost } from "./ask-host.ts"
import { verifyFleetAudit } from "./audit.ts"
import { createDraw } from "./draw.ts"
import { mergeUsage } from "./merge-usage.ts"
import { serveHost } from "./serve.ts"
import { createSync } from "./sync.ts"
import { watchFleet } from "./watch.ts"

export interface FleetOptions extends LedgerOptions {
  readonly shared: SharedLedgerAddress
  /** Fewer, for a test of a host whose build is older. */
  readonly migrations?: readonly PostgresMigration[]
}

const MAX_DRAWS = 4

/** Throws as `openLedger` does, and OperatorProblem for an address that cannot be used. Needs no database to open. */
export async function openFleetLedger(path: string, options: FleetOptions): Promise<Ledger> {
  const { nowMs = Date.now } = options
  const timeZone = options.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone
  const migrations = options.migrations ?? POSTGRES_MIGRATIONS
  const connection = connect(options.shared, migrations.length)
  const { ledger: own, part } = await openSqliteStore(path, { ...options, isShared: true })
  await part.startOutbox()
  const shared = createSharedStore(connection, own.host)
  const commands = createHostCommands(connection)

  let trouble: Error | undefined
  const onOutcome = (problem: Error | undefined) => {
    trouble = problem
  }
  let readiness: Promise<void> | undefined
  function ready(): Promise<void> {
    readiness ??= prepare().catch((error: unknown) => {
      readiness = undefined
      throw error
    })
    return readiness
  }
  async function prepare(): Promise<void> {
    await migratePostgres(connection, migrations)
    await shared.join(timeZone)
    if (await part.hasJoined()) return
    // Limits that operators set before this host shared its ledger.
    for (const limit of await own.listBudgets()) if (limit.scope.kind !== "host") await shared.setLimit(limit, "adopt")
    await part.joined()
  }

  // A clock that a test brings is the database's, too.
  const skewOf = (answer: { readonly nowMs: number }, askedAtMs: number) =>
    options.nowMs === undefined ? Math.round(answer.nowMs - (askedAtMs + nowMs()) / 2) : 0
  const sync = createSync({ shared, part, ready, skewOf, nowMs, onOutcome })
  const draw = createDraw({ shared, part, ready })
  /** The actions that need a working database. */
  async function remote<T>(work: () => Promise<T>): Promise<T> {
    await ready()
    return work()
  }
  /** The other hosts' state; nothing, and a report, while the database is gone. */
  async function others<T>(work: () => Promise<T>, without: T): Promise<T> {
    if (sync.isDown()) return without
    try {
      return await remote(work)
    } catch (error) {
      noteDown(error)
      return without
    }
  }
  /** A database that is gone stops no start. A schema that this build does not know does. */
  async function refuseOutdated(): Promise<void> {
    if (!sync.isDown()) await ready().catch(noteDown)
    if (trouble instanceof LedgerOutdated) throw trouble
  }
  function noteDown(error: unknown): void {
    if (!(error instanceof LedgerUnavailable)) throw error
    sync.noteDown(error)
  }
  async function published<T>(work: Promise<T>): Promise<T> {
    const value = await work
    await sync.soon()
    return value
  }

  const withFleet = createFleetChain()
  async function measured(limit: GoverningBudget): Promise<GoverningBudget> {
    if (!isSharedScope(limit.scope)) return limit
    const { startMs, ownTokens, othersTokens } = await part.measure(limit)
    const told = await others(() => shared.othersUsed(limit, startMs), 0)
    return { ...limit, usedTokens: ownTokens + Math.max(othersTokens, told) }
  }

  const findRun = async (slug: Slug): Promise<Run | undefined> =>
    (await own.findRun(slug)) ?? (await others(() => shared.findRun(slug), undefined))

  const fleet: Fleet = {
    listHosts: () => remote(() => shared.listHosts()),
    ask: (run, action, wait) => remote(() => askHost(commands, run.host, { slug: run.slug, ...action }, wait)),
    async listAudit() {
      const rows = await others(() => shared.listAudit(), [])
      return rows.map((row) => ({ ...auditRowFrom(row), host: row.host }))
    },
    jobs: createJobQueue({ rows: connection.rows, host: own.host, ready }),
    issues: createIssueQueue({ rows: connection.rows, host: own.host, ready }),
    answer: (id, outcome) => remote(() => commands.answer(id, outcome)),
    serve: (service) => serveHost({ claims: own, connection, shared, part, sync }, service),
    async sync() {
      await sync.now()
      if (trouble instanceof LedgerOutdated) throw trouble
    },
    get trouble() {
      return trouble
    },
    get roundTrips() {
      return connection.roundTrips
    },
  }

  async function close(): Promise<void> {
    if ((await part.waiting(1).catch(() => 0)) > 0) await sync.soon()
    await own.close()
    await connection.close()
  }

  return {
    ...own,
    fleet,
    async createRun(run) {
      await refuseOutdated()
      await published(own.createRun(run))
    },
    attachProxy: (slug, proxy) => published(own.attachProxy(slug, proxy)),
    updateRunAsSeen: (seen, change) => published(own.updateRunAsSeen(seen, change)),
    tagRun: (slug, tags) => published(own.tagRun(slug, tags)),
    findRun,
    async listRuns(query) {
      const last = query.before === undefined ? undefined : await findRun(query.before)
      if (query.before !== undefined && last === undefined) return []
      const { before: _, limit, ...rest } = query
      // Both sides in full order, then the page: hosts are few, and pages small.
      const [mine, theirs] = await Promise.all([
        own.listRuns(rest),
        others(() => shared.listRuns(rest, last?.startedAtMs ?? Number.MAX_SAFE_INTEGER), []),
      ])
      const all = [...mine, ...theirs].sort((a, b) => b.startedAtMs - a.startedAtMs)
      const from =
        last === undefined ? 0 : all.findIndex(({ slug, host }) => slug === last.slug && host === last.host) + 1
      return all.slice(from, limit === undefined ? undefined : from + limit)
    },
    async sweep(query) {
      const swept = await own.sweep(query)
      if (swept.length > 0) await sync.soon()
      return swept
    },

    async reserve(request) {
      const asked = { ...request, budgets: withFleet(request.budgets) }
      try {
        for (let draws = 0; draws < MAX_DRAWS; draws++) {
          const result = await part.reserveOrAsk(asked)
          if (result.outcome !== "short") return result
          if (!(await draw(result.ask))) break
        }
      } catch (error) {
        if (!(error instanceof LedgerUnavailable)) throw error
        // Without the database this host continues within its block, and only then refuses.
        const result = await own.reserve(asked)
        if (result.outcome === "reserved") return result
        throw error
      }
      return own.reserve(asked)
    },

    async setBudget(limit, by) {
      if (isFleetWide(limit) && Number.isSafeInteger(limit.limitTokens) && limit.limitTokens >= 0) {
        await remote(() => shared.setLimit(limit, "replace"))
      }
      await published(own.setBudget(limit, by))
    },
    async unsetBudget(scope, provider, by) {
      if (!isFleetWide({ scope })) return published(own.unsetBudget(scope, provider, by))
      await remote(() => shared.unsetLimit(scope, provider))
      return published(own.unsetBudget(scope, provider, by))
    },
    async listBudgets() {
      await sync.soon()
      return own.listBudgets()
    },
    async resetBudget(which, by) {
      if (which.scope?.kind === "host") return published(own.resetBudget(which, by))
      const sinceMs = await remote(() => shared.reset(which.scope, which.provider))
      await published(part.reset(which, sinceMs, by.actor))
    },
    async governingBudget(budgets, provider) {
      const governing = await own.governingBudget(withFleet(budgets), provider)
      return governing && (await measured(governing))
    },
    async measureLimits(limits) {
      return Promise.all((await own.measureLimits(limits)).map(measured))
    },

    async usage(query) {
      const rows = await own.usage(query)
      if (query.by === "session") return rows
      const theirs = await others(() => shared.usage(query.by, query.sinceMs ?? 0, query.slug), [])
      return theirs.length === 0 ? rows : mergeUsage(query.by, rows, theirs, zoneOffsetOf(timeZone))
    },

    beginEnforcement: (action) => published(own.beginEnforcement(action)),
    finishEnforcement: (id, outcome) => published(own.finishEnforcement(id, outcome)),
    propose: (proposal, by) => published(own.propose(proposal, by)),
    answerProposal: (answer) => published(own.answerProposal(answer)),
    answerByToken: (answer) => published(own.answerByToken(answer)),
    appendAudit: (entry) => published(own.appendAudit(entry)),
    verifyAudit: () => verifyFleetAudit({ own, shared, sync: () => sync.now(), remote }),
    watch: (query) =>
      watchFleet(
        {
          own,
          listRuns: () => others(() => shared.listRuns({ all: false }, Number.MAX_SAFE_INTEGER), []),
          findRun: (slug) => shared.findRun(slug),
          nowMs,
        },
        query,
      ),

    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Every scope but the host's own is set for all hosts. */
function isFleetWide({ scope }: Pick<BudgetLimit, "scope">): boolean {
  return scope.kind !== "host"
}

/** The same chain with the fleet at its end; one object for one, so that its terms are found again. */
function createFleetChain(): (budgets: RunBudgets) => RunBudgets {
  const known = new WeakMap<RunBudgets, RunBudgets>()
  return (budgets) => {
    if (budgets.chain.some(({ kind }) => kind === "fleet")) return budgets
    const longer = known.get(budgets) ?? { ...budgets, chain: [...budgets.chain, FLEET_SCOPE] }
    known.set(budgets, longer)
    return longer
  }
}
