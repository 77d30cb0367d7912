// Which runs are listed, in which order, in which groups.
//
// The default order is the start, newest first: never a live value, so that a row stays where it
// is. For a moment after a key the order is held still whatever it is sorted by, so that a key
// meets the run that was looked at.

import type { RequestRow, RunRow } from "@bot-bottle/contracts"
import { shareOf } from "./bars.ts"
import { cleanRequest, cleanTags } from "./clean-row.ts"
import type { HostView, RunView } from "./host-view.ts"
import { NO_RATE, perMinute } from "./rates.ts"
import type { ScreenState } from "./state.ts"
import { plain } from "./text.ts"

export type ListRow =
  | { readonly kind: "run"; readonly id: string; readonly run: RunView }
  | {
      readonly kind: "group"
      readonly id: string
      readonly name: string
      readonly runs: readonly RunView[]
      readonly isFolded: boolean
    }

/** How long an ended run stays in the list. */
const SHOW_ENDED_MS = 60_000

export function listRows(view: HostView, state: ScreenState, nowMs: number): readonly ListRow[] {
  const runs = orderRuns(shownRuns(view, state, nowMs), state, nowMs)
  const { group } = state
  if (group === "none") return runs.map((run) => ({ kind: "run", id: run.slug, run }))
  const groups = Map.groupBy(runs, (run) => groupOf(run, group))
  return [...groups].flatMap(([name, members]): readonly ListRow[] => {
    const isFolded = state.folded.includes(name)
    const head: ListRow = { kind: "group", id: `group ${name}`, name, runs: members, isFolded }
    return [head, ...(isFolded ? [] : members.map((run): ListRow => ({ kind: "run", id: run.slug, run })))]
  })
}

type Selecting = Pick<ScreenState, "selected" | "heldOrder">

/** Where the selected run has gone: the head of its folded group, else the next one in the order as it was shown. */
export function selectedRow(list: readonly ListRow[], { selected, heldOrder }: Selecting): ListRow | undefined {
  const found = list.find((row) => row.id === selected)
  if (found !== undefined || selected === undefined) return found ?? list[0]
  const head = list.find((row) => row.kind === "group" && row.runs.some(({ slug }) => slug === selected))
  if (head !== undefined) return head
  const at = heldOrder.indexOf(selected)
  const near = at < 0 ? [] : [...heldOrder.slice(at + 1), ...heldOrder.slice(0, at).toReversed()]
  for (const slug of near) {
    const row = list.find(({ id }) => id === slug)
    if (row !== undefined) return row
  }
  return list[0]
}

export function shownRuns(view: HostView, state: ScreenState, nowMs: number): readonly RunView[] {
  const live = [...view.runs.values()].filter((run) => isLive(run) || wasSeenLately(run, nowMs))
  const past = state.showsPast ? state.past.filter(({ slug }) => !live.some((run) => run.slug === slug)) : []
  const all = [...live, ...past.map((row) => pastRun(row, state.pastRequests.get(row.slug) ?? []))]
  return state.filter.trim() === "" ? all : all.filter((run) => matchesFilter(run, state.filter))
}

export function isLive({ status }: Pick<RunRow, "status">): boolean {
  return status === "running" || status === "cut" || status === "frozen"
}

/** An ended run that is still listed. */
export function wasSeenLately({ endedAtMs = 0 }: Pick<RunView, "endedAtMs">, nowMs: number): boolean {
  return endedAtMs > nowMs - SHOW_ENDED_MS
}

/** How it ended, when it ended badly. */
export function failureWord(row: Pick<RunRow, "status" | "exit_code" | "end_reason">): string | undefined {
  if (row.status !== "ended") return undefined
  if (row.exit_code !== null && row.exit_code !== 0) return `exit ${row.exit_code}`
  return BAD_ENDS.get(row.end_reason ?? "")
}

/** No exit code says it: the launcher was gone, or there was no agent yet. */
const BAD_ENDS: ReadonlyMap<string, string> = new Map([
  ["crashed", "crashed"],
  ["launch-failed", "failed"],
])

/** Every word must match: `is:cut`, `agent:x`, `bottle:x`, `provider:x`, `tag:x`, or a part of what the row says. */
export function matchesFilter(run: RunView, filter: string): boolean {
  return filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "")
    .every((word) => {
      const [name = "", value = ""] = word.split(/:(.*)/, 2)
      if (name === "is" && word.includes(":")) return statesOf(run).some((state) => state.startsWith(value))
      if (name === "agent" && word.includes(":")) return run.agent.toLowerCase().includes(value)
      if (name === "bottle" && word.includes(":"))
        return run.bottles.some((bottle) => bottle.toLowerCase().includes(value))
      if (name === "provider" && word.includes(":")) return run.provider.toLowerCase().includes(value)
      if (name === "tag" && word.includes(":"))
        return Object.entries(run.tags).some((tag) => tag.join("=").toLowerCase().includes(value))
      const said = [run.label, run.slug, run.agent, ...run.bottles, run.provider, ...statesOf(run)]
      return said.some((text) => text.toLowerCase().includes(word))
    })
}

function statesOf(run: RunView): readonly string[] {
  return [
    statusWord(run),
    ...(failureWord(run) === undefined ? [] : ["failed", failureWord(run) ?? ""]),
    ...(run.observe && isLive(run) ? ["observes"] : []),
    ...(run.parked_until === null ? [] : ["parked"]),
  ]
}

/** A run's state in one word, with what is being done to it. */
export function statusWord({ status, pending }: Pick<RunView, "status" | "pending">): string {
  if (pending === undefined) return status
  switch (pending.step) {
    case "cutoff":
      return "cutting"
    case "restore":
      return "restoring"
    case "freeze":
      return "freezing"
    case "kill":
      return "killing"
  }
}

function orderRuns(runs: readonly RunView[], state: ScreenState, nowMs: number): readonly RunView[] {
  const newest = (a: RunView, b: RunView) => b.startedAtMs - a.startedAtMs || (a.slug < b.slug ? -1 : 1)
  const sorted = [...runs].sort((a, b) => compareBy(state, nowMs)(a, b) || newest(a, b))
  if (state.isReversed) sorted.reverse()
  if (nowMs >= state.heldUntilMs && state.dialog === undefined) return sorted
  const held = new Map(state.heldOrder.map((slug, index) => [slug, index]))
  // Runs that came meanwhile: a new one stands first, past ones that were read stand last.
  const place = (run: RunView) => held.get(run.slug) ?? (isLive(run) ? -1 : held.size)
  return sorted.sort((a, b) => place(a) - place(b))
}

function compareBy(state: ScreenState, nowMs: number): (a: RunView, b: RunView) => number {
  switch (state.sort) {
    case "start":
      return () => 0
    case "label":
      return (a, b) => a.label.localeCompare(b.label, "en")
    case "status":
      return (a, b) => STATUS_ORDER.indexOf(a.status) - STATUS_ORDER.indexOf(b.status)
    case "budget":
      return (a, b) => shareOfRun(b) - shareOfRun(a)
    case "rate":
      return (a, b) => perMinute(b.rate, nowMs) - perMinute(a.rate, nowMs)
    case "denied":
      return (a, b) => b.denied - a.denied
    case "last":
      return (a, b) => b.lastAtMs - a.lastAtMs
  }
}

const STATUS_ORDER: readonly RunRow["status"][] = ["cut", "frozen", "running", "ended", "killed"]

function shareOfRun(run: RunView): number {
  const budget = run.budgets[0]
  return budget === undefined ? -1 : shareOf(budget)
}

function groupOf(run: RunView, group: Exclude<ScreenState["group"], "none">): string {
  switch (group) {
    case "agent":
      return run.agent
    case "bottle":
      return run.bottles.join("+")
    case "provider":
      return run.provider
  }
}

function pastRun(row: RunRow, requests: readonly RequestRow[]): RunView {
  const endedAtMs = row.ended_at === null ? undefined : Date.parse(row.ended_at)
  const startedAtMs = Date.parse(row.started_at)
  return {
    ...row,
    ...{ label: plain(row.label) || row.slug, agent: plain(row.agent), provider: plain(row.provider) },
    ...{ bottles: row.bottles.map(plain), backend: plain(row.backend) },
    end_reason: row.end_reason === null ? null : plain(row.end_reason),
    host: row.host === null ? null : plain(row.host),
    tags: cleanTags(row.tags),
    ...{
      startedAtMs,
      endedAtMs,
      requests: requests.map(cleanRequest),
      rate: NO_RATE,
      denied: 0,
      pending: undefined,
      finishedStep: 0,
    },
    lastAtMs: endedAtMs ?? startedAtMs,
  }
}
