// Finds what has changed in the ledger since the last look, for `watch`.
//
// SQLite does not notify other processes. A connection of its own asks for `data_version`
// every 100 ms (2.5 µs), which moves when any other connection has committed. Only then is
// there one short read: a long one would hold up the checkpoint of the write-ahead log.

import { Database } from "bun:sqlite"
import type { Proposal } from "@bot-bottle/contracts"
import { pause } from "@bot-bottle/kernel"
import type { EnforcementRow } from "../roles/enforcement.ts"
import type { RequestRow } from "../roles/metering.ts"
import type { Cursor, LedgerChange, WatchQuery } from "../roles/watching.ts"
import type { Audit } from "./audit.ts"
import type { Budgets } from "./budgets.ts"
import type { Enforcement } from "./enforcement.ts"
import type { RequestList } from "./list-requests.ts"
import type { Proposals, ProposalsSeen } from "./proposals.ts"
import type { Runs } from "./runs.ts"
import { unavailable } from "./store/sqlite-trouble.ts"

export interface WatchOptions {
  readonly path: string
  readonly read: <T>(work: () => T) => Promise<T>
  readonly runs: Runs
  readonly requests: RequestList
  readonly enforcement: Enforcement
  readonly audit: Audit
  readonly budgets: Budgets
  readonly proposals: Proposals
  readonly nowMs: () => number
}

const POLL_MS = 100
const TICK_MS = 1000
/** More than this since a cursor is not replayed: the snapshot has to do. */
const MAX_REPLAY = 20_000
/** Of one look; the next look takes the rest. */
const MAX_ROWS = 2000
/** Two processes stamp their rows by clocks of their own. */
const CLOCK_MARGIN_MS = 60_000

/** `Omit` over a union would forget which fields belong to which kind. */
type Change = LedgerChange extends infer C ? (C extends LedgerChange ? Omit<C, "cursor" | "atMs"> : never) : never

interface Seen {
  requestSeq: number
  auditSeq: number
  runs: Map<string, string>
  open: Set<string>
  steps: Set<number>
  limits: string
  proposals: ProposalsSeen
}

export async function* watchLedger(options: WatchOptions, query: WatchQuery): AsyncGenerator<LedgerChange> {
  const { read, nowMs } = options
  const { signal } = query
  const version = openVersion(options.path)
  const seen: Seen = {
    requestSeq: 0,
    auditSeq: 0,
    runs: new Map(),
    open: new Set(),
    steps: new Set(),
    limits: "",
    proposals: { proposalId: 0, answerSeq: 0 },
  }
  const stamped = (changes: readonly Change[]): readonly LedgerChange[] => {
    const atMs = nowMs()
    const cursor = `${seen.requestSeq}.${seen.auditSeq}.${atMs}` as Cursor
    return changes.map((change) => ({ ...change, cursor, atMs }) as LedgerChange)
  }
  try {
    let known = version.read()
    yield* stamped(await read(() => firstLook(options, seen, query.from)))
    let tickAtMs = performance.now() + TICK_MS
    while (!signal.aborted) {
      await pause(POLL_MS, signal)
      const now = version.read()
      if (now !== known) {
        known = now
        for (;;) {
          const changes = await read(() => look(options, seen))
          yield* stamped(changes)
          if (changes.length < MAX_ROWS) break
        }
      }
      if (performance.now() >= tickAtMs) {
        tickAtMs = performance.now() + TICK_MS
        yield* stamped([{ kind: "tick" }])
      }
    }
  } finally {
    version.close()
  }
}

function firstLook(options: WatchOptions, seen: Seen, from: Cursor | undefined): readonly Change[] {
  const { runs, requests, enforcement, audit, budgets, proposals } = options
  const live = runs.list({ all: false })
  const openRequests = requests.listOpen()
  const pendingSteps = enforcement.listPending()
  const limits = budgets.list()
  seen.runs = new Map(live.map((run) => [run.slug, JSON.stringify(run)]))
  seen.open = new Set(openRequests.map(({ id }) => id))
  seen.steps = new Set(pendingSteps.map(({ id }) => id))
  seen.limits = JSON.stringify(limits)
  const asked = proposals.pending()
  seen.proposals = proposals.lastSeen()
  const snapshot: Change = { kind: "snapshot", runs: live, openRequests, pendingSteps, limits, proposals: asked }
  const past = from === undefined ? undefined : replay(options, parseCursor(from))
  seen.requestSeq = requests.lastSeq()
  seen.auditSeq = audit.lastSeq()
  return [snapshot, ...(past ?? [])]
}

/** Events after a cursor: new requests, ended requests, audit rows. Undefined when it is too much. */
function replay({ requests, audit }: WatchOptions, from: ReturnType<typeof parseCursor>): Change[] | undefined {
  if (from === undefined) return undefined
  const fresh = requests.listAfter(from.requestSeq, MAX_REPLAY + 1)
  const ended = requests.listEndedSince(from.atMs - CLOCK_MARGIN_MS, MAX_REPLAY + 1)
  const rows = audit.list({ afterSeq: from.auditSeq, limit: MAX_REPLAY + 1 })
  if ([fresh, ended, rows].some(({ length }) => length > MAX_REPLAY)) return undefined
  const byId = new Map([...ended, ...fresh].map((request) => [request.id, request]))
  return [...[...byId.values()].map(requestChange), ...rows.map((row) => ({ kind: "audit", row }) as const)]
}

function look(options: WatchOptions, seen: Seen): readonly Change[] {
  const { runs, requests, enforcement, audit, budgets, proposals } = options
  const changes: Change[] = []
  const live = runs.list({ all: false })
  const gone = [...seen.runs.keys()].filter((slug) => !live.some((run) => run.slug === slug))
  const ended = gone.flatMap((slug) => runs.find(slug) ?? [])
  for (const run of [...ended, ...live]) {
    const text = JSON.stringify(run)
    if (seen.runs.get(run.slug) !== text) changes.push({ kind: "run", run })
    if (ended.includes(run)) seen.runs.delete(run.slug)
    else seen.runs.set(run.slug, text)
  }

  const fresh = requests.listAfter(seen.requestSeq, MAX_ROWS)
  seen.requestSeq = fresh.at(-1)?.seq ?? seen.requestSeq
  for (const id of seen.open) {
    const request = requests.find(id)
    if (request?.status === "reserved") continue
    seen.open.delete(id)
    changes.push(request ? requestChange(request) : { kind: "released", requestId: id })
  }
  for (const request of fresh) {
    if (request.status === "reserved") seen.open.add(request.id)
    changes.push(requestChange(request))
  }

  const pending = enforcement.listPending()
  const finished = [...seen.steps].filter((id) => !pending.some((step) => step.id === id))
  const begun = pending.filter(({ id }) => !seen.steps.has(id))
  for (const step of [...finished.flatMap((id) => enforcement.find(id) ?? []), ...begun]) changes.push(stepChange(step))
  seen.steps = new Set(pending.map(({ id }) => id))

  const asked = proposals.changedAfter(seen.proposals, MAX_ROWS)
  if (asked.length > 0) seen.proposals = seenWith(seen.proposals, asked)
  changes.push(...asked.map((proposal) => ({ kind: "proposal", proposal }) as const))

  const rows = audit.list({ afterSeq: seen.auditSeq, limit: MAX_ROWS })
  seen.auditSeq = rows.at(-1)?.seq ?? seen.auditSeq
  changes.push(...rows.map((row) => ({ kind: "audit", row }) as const))

  const limits = budgets.list()
  if (JSON.stringify(limits) !== seen.limits) changes.push({ kind: "limits", limits })
  seen.limits = JSON.stringify(limits)
  return changes
}

/** A proposal that has just been asked may carry its answer already. */
function seenWith({ proposalId, answerSeq }: ProposalsSeen, changed: readonly Proposal[]): ProposalsSeen {
  return {
    proposalId: Math.max(proposalId, ...changed.map(({ id }) => id)),
    answerSeq: Math.max(answerSeq, ...changed.map(({ answer }) => answer?.seq ?? 0)),
  }
}

function requestChange({ ...request }: RequestRow & { seq?: number }): Change {
  delete request.seq
  return { kind: "request", request }
}

function stepChange(step: EnforcementRow): Change {
  return { kind: "step", step }
}

function parseCursor(cursor: Cursor): { requestSeq: number; auditSeq: number; atMs: number } | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)$/.exec(cursor)
  return match ? { requestSeq: Number(match[1]), auditSeq: Number(match[2]), atMs: Number(match[3]) } : undefined
}

function openVersion(path: string): { read(): number; close(): void } {
  try {
    const db = new Database(path, { readonly: true })
    const query = db.query<{ data_version: number }, []>("PRAGMA data_version")
    return { read: () => query.get()?.data_version ?? 0, close: () => db.close() }
  } catch (error) {
    throw unavailable(error, path)
  }
}
