// One look at the host, kept up to date: ledger, event logs and control sockets become the
// events of `libs/contracts`. Ends with its signal, or with the error that the ledger gave.

import type { AccountRow, BudgetLimit, HostEvent, HostEventBody, Slug } from "@bot-bottle/contracts"
import { HOST_EVENT_VERSION } from "@bot-bottle/contracts/messages/host-event"
import type { Cursor, LedgerChange, RequestRow } from "@bot-bottle/ledger"
import { createSentAccounts } from "./accounts.ts"
import { auditEvent, isoOf, requestEvent, stepRow } from "./event-rows.ts"
import { createInbox } from "./inbox.ts"
import { createLiveRuns, type LiveRunsOptions } from "./live-runs.ts"
import { createOpenAsks } from "./open-asks.ts"
import { SentBudgets } from "./sent-budgets.ts"

export interface HostStreamOptions extends LiveRunsOptions {
  readonly hostName: string
  readonly version: string
  readonly signal: AbortSignal
  readonly from: Cursor | undefined
  /** Looked at every few seconds. */
  readonly accounts: () => Promise<readonly AccountRow[]>
  /** The run that is looked at: its proxy is asked more often. Null: none. */
  readonly selected: () => Slug | null
  emit(events: readonly HostEvent[]): void
}

/** Newest requests that a new reader is given, for graphs and lists. */
const SEED_REQUESTS = 20_000
const SEED_AUDIT = 500
const DENIALS_EVERY_MS = 100
const STATUS_EVERY_MS = 5_000
const SELECTED_EVERY_MS = 1_000
const ACCOUNTS_EVERY_MS = 2_000
/** Changes that arrive together are sent together. */
const GATHER_MS = 10
const ROWS_EVERY_MS = 400

export async function streamHost(options: HostStreamOptions): Promise<void> {
  const { ledger, signal, nowMs, emit } = options
  const runs = createLiveRuns(options)
  const openRequests = new Map<string, RequestRow>()
  const asks = createOpenAsks({ nowMs, runStatus: runs.statusOf })
  const dirty = new Set<Slug>()
  const sentBudgets = new SentBudgets()
  const newAccounts = createSentAccounts()
  let accountsDueAtMs = 0
  let operator: readonly BudgetLimit[] = []
  let cursor = ""
  let pastRuns = 0
  let outbox: HostEventBody[] = []
  let rowsDueAtMs = 0
  let isUrgent = false
  /** Budgets that several runs share have changed for all of them since the last tick. */
  let isShared = false
  let knownForgeRuns = options.forgeRuns()

  const stamp = (body: HostEventBody, atMs = nowMs()): HostEvent => ({
    v: HOST_EVENT_VERSION,
    cursor,
    at: isoOf(atMs),
    ...body,
  })
  const tell = (...bodies: readonly HostEventBody[]) => void outbox.push(...bodies)

  /** At most a few times a second, unless the state of a run has changed. */
  async function sendDirty(): Promise<void> {
    const now = performance.now()
    if (dirty.size === 0 || (!isUrgent && now < rowsDueAtMs)) return
    rowsDueAtMs = now + ROWS_EVERY_MS
    isUrgent = false
    const touched = [...dirty]
    dirty.clear()
    for (const slug of touched) {
      const row = await runs.changedRow(slug)
      if (row === undefined) continue
      tell({ kind: "run", ...row })
      if (runs.isLive(slug)) continue
      runs.forget(slug)
      pastRuns += 1
    }
    for (const row of sentBudgets.take(await runs.budgetRows(operator))) tell({ kind: "budget", ...row })
  }

  async function takeSnapshot(change: LedgerChange & { kind: "snapshot" }): Promise<void> {
    operator = change.limits
    for (const run of change.runs) runs.track(run)
    pastRuns = await ledger.countPastRuns()
    const rows = await runs.rows()
    for (const request of change.openRequests) openRequests.set(request.id, request)
    const budgets = await runs.budgetRows(operator)
    sentBudgets.take(budgets)
    tell({
      kind: "snapshot",
      runs: rows,
      budgets,
      open_requests: change.openRequests.map(requestEvent),
      past_runs: pastRuns,
    })
    flush()
    // The stream sends live runs before the long read that graphs and lists need.
    await Bun.sleep(0)
    if (options.from === undefined) await seed()
    tell(...change.pendingSteps.map((step) => ({ kind: "step", ...stepRow(step) }) as const))
    tell(...asks.restart(change.proposals).map((row) => ({ kind: "ask", ...row }) as const))
    await tellAccounts()
    flush()
    lookAtDenials()
    // A reader that wants a single picture has it now. After a cursor, what happened since then still follows.
    if (options.from === undefined) tell({ kind: "tick", past_runs: pastRuns })
  }

  async function tellAccounts(): Promise<void> {
    const now = performance.now()
    if (now < accountsDueAtMs) return
    accountsDueAtMs = now + ACCOUNTS_EVERY_MS
    tell(...newAccounts(await options.accounts()).map((row) => ({ kind: "account", ...row }) as const))
  }

  async function seed(): Promise<void> {
    const requests = await ledger.listRequests({ limit: SEED_REQUESTS })
    const ended = requests.filter(({ slug, status }) => status !== "reserved" && runs.has(slug))
    tell(...ended.toReversed().map((request) => ({ kind: "request", ...requestEvent(request) }) as const))
    const head = (await ledger.loadAuditHead())?.seq ?? 0
    const rows = await ledger.listAudit({ afterSeq: Math.max(0, head - SEED_AUDIT) })
    emit([...flushed(), ...rows.map((row) => stamp({ kind: "audit", ...auditEvent(row) }, row.atMs))])
  }

  async function takeChange(change: LedgerChange): Promise<void> {
    cursor = change.cursor
    switch (change.kind) {
      case "snapshot":
        return takeSnapshot(change)
      case "run":
        runs.track(change.run)
        dirty.add(change.run.slug)
        isUrgent = true
        return
      case "request":
        if (change.request.status === "reserved") openRequests.set(change.request.id, change.request)
        else openRequests.delete(change.request.id)
        dirty.add(change.request.slug)
        isShared = true
        tell({ kind: "request", ...requestEvent(change.request) })
        return
      case "released": {
        const request = openRequests.get(change.requestId)
        openRequests.delete(change.requestId)
        if (request === undefined) return
        dirty.add(request.slug)
        tell({ kind: "request", ...requestEvent(request), status: "released", ended_at: isoOf(change.atMs) })
        return
      }
      case "step":
        tell({ kind: "step", ...stepRow(change.step) })
        return
      case "proposal":
        tell({ kind: "ask", ...asks.take(change.proposal) })
        return
      case "audit":
        emit([...flushed(), stamp({ kind: "audit", ...auditEvent(change.row) }, change.row.atMs)])
        return
      case "limits":
        operator = change.limits
        for (const slug of runs.slugs()) dirty.add(slug)
        isUrgent = true
        return
      case "tick":
        if (knownForgeRuns !== options.forgeRuns()) isShared = true
        knownForgeRuns = options.forgeRuns()
        if (isShared) for (const slug of runs.slugs()) dirty.add(slug)
        isShared = false
        await tellAccounts()
        tell(...asks.takeExpired().map((row) => ({ kind: "ask", ...row }) as const))
        tell({ kind: "tick", past_runs: pastRuns })
    }
  }

  function flushed(): readonly HostEvent[] {
    const events = outbox.map((body) => stamp(body))
    outbox = []
    return events
  }

  function flush(): void {
    const events = flushed()
    if (events.length > 0) emit(events)
  }

  function lookAtDenials(): void {
    const denials = runs.newDenials()
    if (denials.length > 0) emit(denials.map(({ atMs, row }) => stamp({ kind: "denied", ...row }, atMs)))
  }

  async function askProxies(slugs: readonly Slug[]): Promise<void> {
    const nothing = { reason: null, method: null, host: "", port: 0, path: null }
    for await (const { slug, count } of runs.unloggedDenials(signal, slugs))
      emit([stamp({ kind: "denied", slug, ...nothing, count })])
  }

  emit([stamp({ kind: "hello", host: options.hostName, version: options.version })])
  const changes = createInbox<LedgerChange>(
    ledger.watch({ signal, ...(options.from === undefined ? {} : { from: options.from }) }),
  )
  const denialTimer = setInterval(lookAtDenials, DENIALS_EVERY_MS)
  let asking = Promise.resolve()
  const askLater = (slugs: () => readonly Slug[]) => {
    asking = asking.then(() => askProxies(slugs())).catch(() => undefined)
  }
  const statusTimer = setInterval(() => askLater(runs.slugs), STATUS_EVERY_MS)
  const selectedTimer = setInterval(() => {
    const selected = options.selected()
    if (selected !== null) askLater(() => [selected])
  }, SELECTED_EVERY_MS)
  try {
    for (;;) {
      const batch = await changes.take(GATHER_MS)
      if (batch === undefined) return
      for (const change of batch) await takeChange(change)
      await sendDirty()
      flush()
    }
  } finally {
    clearInterval(denialTimer)
    clearInterval(statusTimer)
    clearInterval(selectedTimer)
    for (const slug of runs.slugs()) runs.forget(slug)
  }
}
