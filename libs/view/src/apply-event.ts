// The fold: events of a host become what people look at. Pure and idempotent: an event that is
// seen twice, late or in another order gives the same view. Each is an upsert by its own key, and a
// request that has ended stays ended.
//
// Text that came from outside is cleaned here, once.

import type { AskRow, HostEvent, RequestRow, Slug } from "@bot-bottle/contracts"
import { cleanAccount, cleanAsk, cleanBudget, cleanRequest, isNewer, isOver, mergeRun } from "./clean-row.ts"
import { budgetKey, type DenialView, type HostView, type RunView } from "./host-view.ts"
import { addSpent, NO_RATE } from "./rates.ts"
import { plain } from "./text.ts"

const MAX_REQUESTS = 200
const MAX_HISTORY = 1_000
const MAX_DENIALS = 500
const MAX_CLOSED_ASKS = 200
const BURST_MS = 60_000
const KEEP_ENDED_MS = 600_000

export function applyEvent(before: HostView, event: HostEvent): HostView {
  const atMs = Date.parse(event.at)
  const view = { ...before, heardAtMs: Math.max(before.heardAtMs, atMs) }
  switch (event.kind) {
    case "hello":
      return { ...view, host: plain(event.host), version: plain(event.version) }
    case "snapshot":
      return applySnapshot(view, event, atMs)
    case "run":
      return withRun(view, event.slug, (run) => mergeRun(run, event, atMs))
    case "request":
      return applyRequest(view, event)
    case "budget":
      return { ...view, budgets: new Map(view.budgets).set(budgetKey(event), cleanBudget(event)) }
    case "denied":
      return applyDenied(view, event, atMs)
    case "step":
      return withRun(view, event.slug, (run) => (run === undefined ? undefined : mergeStep(run, event)))
    case "ask":
      return applyAsk(view, event)
    case "account":
      return { ...view, accounts: new Map(view.accounts).set(`${event.provider} ${event.id}`, cleanAccount(event)) }
    case "audit": {
      if (view.history.some(({ seq }) => seq === event.seq)) return view
      const { seq, slug, action, actor, detail } = event
      const entry = { seq, atMs, slug, action: plain(action), actor: plain(actor), detail }
      const history = [...view.history, entry].sort((a, b) => a.seq - b.seq).slice(-MAX_HISTORY)
      return { ...view, history }
    }
    case "tick":
      return { ...forgetEnded(view, atMs), connection: "live", trouble: undefined, pastRuns: event.past_runs }
    case "trouble":
      return {
        ...view,
        connection: "trouble",
        trouble: { message: plain(event.message), hint: event.hint === null ? null : plain(event.hint) },
      }
  }
}

function applySnapshot(view: HostView, event: HostEvent & { kind: "snapshot" }, atMs: number): HostView {
  const runs = new Map<Slug, RunView>()
  for (const row of event.runs) {
    const run = mergeRun(view.runs.get(row.slug), row, atMs)
    const open = new Set(event.open_requests.map(({ id }) => id))
    // An open request that the snapshot does not name has ended unseen, or was given back.
    const requests = run.requests.filter(({ id, status }) => status !== "reserved" || open.has(id))
    runs.set(row.slug, { ...run, requests })
  }
  const budgets = new Map(event.budgets.map((row) => [budgetKey(row), cleanBudget(row)]))
  const base: HostView = {
    ...view,
    connection: "live",
    trouble: undefined,
    runs,
    budgets,
    pastRuns: event.past_runs,
    asks: new Map(),
    denials: new Map([...view.denials].filter(([, { slug }]) => runs.has(slug))),
  }
  return event.open_requests.reduce(applyRequest, base)
}

/** Shown for a minute after their end; kept a little longer for whoever looks at one. */
function forgetEnded(view: HostView, atMs: number): HostView {
  const isOld = ({ endedAtMs, status }: RunView) => isOver({ status }) && (endedAtMs ?? 0) < atMs - KEEP_ENDED_MS
  if (![...view.runs.values()].some(isOld)) return view
  const runs = new Map([...view.runs].filter(([, run]) => !isOld(run)))
  return { ...view, runs, denials: new Map([...view.denials].filter(([, { slug }]) => runs.has(slug))) }
}

function withRun(view: HostView, slug: Slug, change: (run: RunView | undefined) => RunView | undefined): HostView {
  const before = view.runs.get(slug)
  const after = change(before)
  if (after === undefined || after === before) return view
  return { ...view, runs: new Map(view.runs).set(slug, after) }
}

function applyRequest(view: HostView, row: RequestRow): HostView {
  const run = view.runs.get(row.slug)
  if (run === undefined) return view
  const known = run.requests.find(({ id }) => id === row.id)
  // The first end stands, and what has ended does not open again.
  if (known !== undefined && (known.status !== "reserved" || row.status === "reserved")) return view

  if (row.status === "released") {
    const requests = run.requests.filter(({ id }) => id !== row.id)
    return { ...view, runs: new Map(view.runs).set(row.slug, { ...run, requests }) }
  }
  const startedAtMs = Date.parse(row.started_at)
  const endedAtMs = row.ended_at === null ? undefined : Date.parse(row.ended_at)
  const oldest = run.requests.at(-1)
  // Pushed out of the window before: it was counted then.
  if (run.requests.length >= MAX_REQUESTS && oldest && startedAtMs < oldest.startedAtMs) return view

  const spent = endedAtMs === undefined ? undefined : { startedAtMs, endedAtMs, tokens: row.charged_tokens }
  const provider = plain(row.provider)
  const rates = new Map(view.rates)
  if (spent !== undefined) rates.set(provider, addSpent(view.rates.get(provider) ?? NO_RATE, spent))

  const request = cleanRequest(row)
  const others = run.requests.filter((other) => other.id !== row.id)
  const at = others.findIndex((other) => isNewer(request, other))
  const requests = at < 0 ? [...others, request] : [...others.slice(0, at), request, ...others.slice(at)]
  const changed: RunView = {
    ...run,
    requests: requests.slice(0, MAX_REQUESTS),
    rate: spent === undefined ? run.rate : addSpent(run.rate, spent),
    lastAtMs: Math.max(run.lastAtMs, endedAtMs ?? startedAtMs),
  }
  return { ...view, rates, runs: new Map(view.runs).set(row.slug, changed) }
}

function applyDenied(view: HostView, event: HostEvent & { kind: "denied" }, atMs: number): HostView {
  const { slug, reason, method, host, port, path, count } = event
  const run = view.runs.get(slug)
  if (run === undefined) return view
  if (reason === null) {
    if (count <= run.denied) return view
    return withRun(view, slug, () => ({ ...run, denied: count }))
  }
  const key = [slug, reason, method ?? "", host, port, path ?? ""].join(" ")
  const known = view.denials.get(key)
  if (known !== undefined && known.count >= count) return view

  const recent = [...(known?.recent ?? []), { atMs, count }].filter((then) => then.atMs > atMs - BURST_MS).slice(-64)
  const denial: DenialView = {
    ...{ key, slug, reason, port, count, recent },
    method: method === null ? null : plain(method),
    host: plain(host),
    path: path === null ? null : plain(path),
    lastAtMs: Math.max(known?.lastAtMs ?? 0, atMs),
  }
  const denials = new Map(view.denials).set(key, denial)
  if (denials.size > MAX_DENIALS) denials.delete(oldestOf(denials))
  const denied = run.denied + count - (known?.count ?? 0)
  return withRun({ ...view, denials }, slug, () => ({ ...run, denied, lastAtMs: Math.max(run.lastAtMs, atMs) }))
}

/** An ask that was answered or has expired stays so, whatever comes late. */
function applyAsk(view: HostView, row: AskRow): HostView {
  const known = view.asks.get(row.id)
  if (known !== undefined && known.state !== "pending") return view
  const asks = new Map(view.asks).set(row.id, cleanAsk(row))
  const closed = [...asks.values()].filter(({ state }) => state !== "pending")
  const oldest = closed.reduce<number | undefined>(
    (id, ask) => (id === undefined ? ask.id : Math.min(id, ask.id)),
    undefined,
  )
  if (closed.length > MAX_CLOSED_ASKS && oldest !== undefined) asks.delete(oldest)
  return { ...view, asks }
}

function oldestOf(denials: ReadonlyMap<string, DenialView>): string {
  let oldest: DenialView | undefined
  for (const denial of denials.values()) if (oldest === undefined || denial.lastAtMs < oldest.lastAtMs) oldest = denial
  return oldest?.key ?? ""
}

function mergeStep(run: RunView, event: HostEvent & { kind: "step" }): RunView {
  const { id, slug, step, trigger, actor, outcome, error } = event
  if (outcome === "pending") {
    if (id <= run.finishedStep || (run.pending?.id ?? 0) >= id) return run
    return { ...run, pending: { id, slug, step, trigger, actor: plain(actor), outcome, error } }
  }
  const pending = run.pending !== undefined && run.pending.id <= id ? undefined : run.pending
  return { ...run, pending, finishedStep: Math.max(run.finishedStep, id) }
}
