// One look at the host, kept up to date: ledger, event logs and control sockets become the
// events of `libs/contracts`. Ends with its signal, or with the error that the ledger gave.
//
// A run's row depends on its budgets and its usage as well. It is made again when one of them may
// have changed, and sent when it differs from the one that was sent last.

import {
  type BudgetLimit,
  type BudgetRow,
  type HostEvent,
  type HostEventBody,
  type Run,
  type RunBudgets,
  type RunRow,
  runFolders,
  type Slug,
} from "@bot-bottle/contracts"
import { HOST_EVENT_VERSION } from "@bot-bottle/contracts/messages/host-event"
import { readLaunchRecord, requestProxy } from "@bot-bottle/control"
import type { Cursor, Ledger, LedgerChange, RequestRow } from "@bot-bottle/ledger"
import { auditEvent, isoOf, requestEvent, runRow, stepRow } from "./event-rows.ts"
import { createInbox } from "./inbox.ts"
import { budgetRow, measureInForce } from "./limits-in-force.ts"
import { type DenialTail, openDenialTail } from "./tail-denials.ts"

export interface HostStreamOptions {
  readonly ledger: Ledger
  readonly root: string
  readonly hostName: string
  readonly version: string
  readonly signal: AbortSignal
  readonly from: Cursor | undefined
  /** The host's limits of settings.yml, as they are now. */
  readonly settingsLimits: () => { readonly limits: readonly BudgetLimit[]; readonly ceilings: readonly BudgetLimit[] }
  /** Which runs work on an issue of a forge; another map when that has changed. */
  readonly forgeRuns: () => ForgeRuns
  readonly nowMs: () => number
  emit(events: readonly HostEvent[]): void
}

export type ForgeRuns = ReadonlyMap<Slug, NonNullable<RunRow["forge"]>>

/** Newest requests that a new reader is given, for graphs and lists. */
const SEED_REQUESTS = 20_000
const SEED_AUDIT = 500
const DENIALS_EVERY_MS = 100
const STATUS_EVERY_MS = 5_000
/** Changes that arrive together are sent together. */
const GATHER_MS = 10
const ROWS_EVERY_MS = 250

type Live = { run: Run; budgets: RunBudgets | undefined; sent: string; tail: DenialTail | undefined }

export async function streamHost(options: HostStreamOptions): Promise<void> {
  const { ledger, root, signal, nowMs, emit } = options
  const live = new Map<Slug, Live>()
  const openRequests = new Map<string, RequestRow>()
  const dirty = new Set<Slug>()
  const sentBudgets = new Map<string, string>()
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

  function track(run: Run): void {
    const known = live.get(run.slug)
    if (known !== undefined) {
      known.run = run
      return
    }
    const record = readLaunchRecord(root, run.slug)
    const budgets = record?.outcome === "parsed" ? record.message.budgets : undefined
    const tail = run.host === ledger.host ? openDenialTail(run.slug, runFolders(root, run.slug).egress) : undefined
    live.set(run.slug, { run, budgets, sent: "", tail })
  }

  async function rowOf({ run, budgets }: Live): Promise<RunRow> {
    const governing =
      budgets === undefined
        ? []
        : await Promise.all(run.meters.map((provider) => ledger.governingBudget(budgets, provider)))
    const rows = governing.filter((each) => each !== undefined).map((each) => budgetRow(each, nowMs()))
    const [usage] = await ledger.usage({ by: "run", slug: run.slug })
    const forge = options.forgeRuns().get(run.slug) ?? null
    return runRow(run, { budgets: rows, usage, ownHost: ledger.host, forge })
  }

  async function budgetRows(): Promise<readonly BudgetRow[]> {
    const runs = [...live.values()].filter(({ run }) => isLive(run))
    const places = {
      operator,
      runs: runs.flatMap(({ budgets }) => budgets ?? []),
      settings: options.settingsLimits(),
      providers: [...new Set(runs.flatMap(({ run }) => run.meters))],
    }
    return measureInForce(ledger, places, nowMs())
  }

  async function sendBudgets(): Promise<void> {
    for (const row of await budgetRows()) {
      const key = `${row.scope} ${row.key} ${row.provider} ${row.is_ceiling}`
      const text = JSON.stringify(row)
      if (sentBudgets.get(key) === text) continue
      sentBudgets.set(key, text)
      tell({ kind: "budget", ...row })
    }
  }

  /** At most a few times a second, unless the state of a run has changed. */
  async function sendDirty(): Promise<void> {
    const now = performance.now()
    if (dirty.size === 0 || (!isUrgent && now < rowsDueAtMs)) return
    rowsDueAtMs = now + ROWS_EVERY_MS
    isUrgent = false
    const touched = [...dirty]
    dirty.clear()
    for (const slug of touched) {
      const known = live.get(slug)
      if (known === undefined) continue
      const row = await rowOf(known)
      const text = JSON.stringify(row)
      if (text === known.sent) continue
      known.sent = text
      tell({ kind: "run", ...row })
      if (isLive(known.run)) continue
      known.tail?.close()
      live.delete(slug)
      pastRuns += 1
    }
    await sendBudgets()
  }

  async function takeSnapshot(change: LedgerChange & { kind: "snapshot" }): Promise<void> {
    operator = change.limits
    for (const run of change.runs) track(run)
    pastRuns = await ledger.countPastRuns()
    const rows: RunRow[] = []
    for (const known of live.values()) {
      const row = await rowOf(known)
      known.sent = JSON.stringify(row)
      rows.push(row)
    }
    for (const request of change.openRequests) openRequests.set(request.id, request)
    const budgets = await budgetRows()
    for (const row of budgets)
      sentBudgets.set(`${row.scope} ${row.key} ${row.provider} ${row.is_ceiling}`, JSON.stringify(row))
    tell({
      kind: "snapshot",
      runs: rows,
      budgets,
      open_requests: change.openRequests.map(requestEvent),
      past_runs: pastRuns,
    })
    if (options.from === undefined) await seed()
    tell(...change.pendingSteps.map((step) => ({ kind: "step", ...stepRow(step) }) as const))
    flush()
    lookAtDenials()
    // A reader that wants a single picture has it now. After a cursor, what happened since then still follows.
    if (options.from === undefined) tell({ kind: "tick", past_runs: pastRuns })
  }

  async function seed(): Promise<void> {
    const requests = await ledger.listRequests({ limit: SEED_REQUESTS })
    const ended = requests.filter(({ slug, status }) => status !== "reserved" && live.has(slug))
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
        // Resumed: it was started with other budgets, perhaps.
        if (live.get(change.run.slug)?.run.launcher !== change.run.launcher) forget(change.run.slug)
        track(change.run)
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
      case "audit":
        emit([...flushed(), stamp({ kind: "audit", ...auditEvent(change.row) }, change.row.atMs)])
        return
      case "limits":
        operator = change.limits
        for (const slug of live.keys()) dirty.add(slug)
        isUrgent = true
        return
      case "tick":
        if (knownForgeRuns !== options.forgeRuns()) isShared = true
        knownForgeRuns = options.forgeRuns()
        if (isShared) for (const slug of live.keys()) dirty.add(slug)
        isShared = false
        tell({ kind: "tick", past_runs: pastRuns })
    }
  }

  function forget(slug: Slug): void {
    live.get(slug)?.tail?.close()
    live.delete(slug)
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
    const denials = [...live.values()].flatMap(({ tail }) => tail?.look() ?? [])
    if (denials.length > 0) emit(denials.map(({ atMs, row }) => stamp({ kind: "denied", ...row }, atMs)))
  }

  /** Counts of bottles that log nothing. A proxy that does not answer is the launcher's matter. */
  async function askProxies(): Promise<void> {
    for (const { run, tail } of live.values()) {
      if (tail === undefined || !(run.status === "running" || run.status === "cut") || signal.aborted) continue
      const answer = await requestProxy(runFolders(root, run.slug).egress, "status")
      if (answer.outcome !== "answered" || answer.status.denied <= tail.total) continue
      const nothing = { reason: null, method: null, host: "", port: 0, path: null }
      emit([stamp({ kind: "denied", slug: run.slug, ...nothing, count: answer.status.denied })])
    }
  }

  emit([stamp({ kind: "hello", host: options.hostName, version: options.version })])
  const changes = createInbox<LedgerChange>(
    ledger.watch({ signal, ...(options.from === undefined ? {} : { from: options.from }) }),
  )
  const denialTimer = setInterval(lookAtDenials, DENIALS_EVERY_MS)
  let asking = Promise.resolve()
  const statusTimer = setInterval(() => {
    asking = asking.then(askProxies, () => undefined)
  }, STATUS_EVERY_MS)
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
    for (const slug of [...live.keys()]) forget(slug)
  }
}

function isLive({ status }: Run): boolean {
  return status === "running" || status === "cut" || status === "frozen"
}
