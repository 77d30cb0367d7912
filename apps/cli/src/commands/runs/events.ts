// `events --json`: what happens on this host, one JSON object a line, until it is interrupted.
//
// A reader that falls behind never gets a gap: its waiting events are dropped, and it continues
// from a new snapshot.

import { type BudgetRow, type HostEvent, OperatorProblem } from "@bot-bottle/contracts"
import { chooseRun } from "../../choose-run/choose-run.ts"
import type { Host } from "../../host.ts"
import { ledgerHost } from "../../ledger-host.ts"
import { untilInterrupted } from "../../watch/until-interrupted.ts"
import { watchHost } from "../../watch/watch-host.ts"

export interface EventsFlags {
  readonly json?: boolean
  readonly run?: string
  readonly from?: string
}

/** As many may wait: what happens in minutes on a busy host. */
const MAX_WAITING = 50_000

export async function runEvents(host: Host, flags: EventsFlags): Promise<number> {
  if (flags.json !== true) {
    throw new OperatorProblem("events are written as JSON only", {
      exitCode: 2,
      hint: "bot-bottle events --json; for people: bot-bottle list --watch",
    })
  }
  const slug = flags.run === undefined ? undefined : await chooseRun(host, flags.run, { live: false })
  if (flags.run !== undefined && slug === undefined) return 0
  using interrupt = untilInterrupted()
  const writer = createLineQueue()
  let from = flags.from
  while (!interrupt.signal.aborted && !writer.isClosed) {
    const behind = new AbortController()
    const signal = AbortSignal.any([interrupt.signal, behind.signal, writer.closed])
    await watchHost(ledgerHost(host), {
      signal,
      ...(from === undefined ? {} : { from }),
      selected: () => null,
      emit(events) {
        // The stream was given up: later events would follow a gap.
        if (behind.signal.aborted) return
        for (const event of events) if (concerns(event, slug)) writer.push(JSON.stringify(ofRun(event, slug)))
        if (writer.waiting <= MAX_WAITING) return
        writer.drop()
        behind.abort()
      },
    })
    from = undefined
    if (!interrupt.signal.aborted) await writer.drained()
  }
  return 0
}

function concerns(event: HostEvent, slug: string | undefined): boolean {
  if (slug === undefined) return true
  if (event.kind === "budget") return countsFor(event, slug)
  return !("slug" in event) || event.slug === slug
}

function ofRun(event: HostEvent, slug: string | undefined): HostEvent {
  if (slug === undefined || event.kind !== "snapshot") return event
  const runs = event.runs.filter((run) => run.slug === slug)
  const budgets = event.budgets.filter((budget) => countsFor(budget, slug))
  return { ...event, runs, budgets, open_requests: event.open_requests.filter((request) => request.slug === slug) }
}

function countsFor({ scope, key }: BudgetRow, slug: string): boolean {
  return scope !== "run" || key === slug
}

/** Lines for stdout, as fast as its reader takes them. */
function createLineQueue() {
  const { stdout } = process
  const closed = new AbortController()
  let lines: string[] = []
  let isBlocked = false
  let wake = () => {}
  // A reader that leaves (`events --json | head`) ends it without a word.
  stdout.on("error", () => closed.abort())
  stdout.on("drain", () => {
    isBlocked = false
    write()
  })
  function write(): void {
    if (isBlocked || lines.length === 0) return
    const text = `${lines.join("\n")}\n`
    lines = []
    isBlocked = !stdout.write(text)
    if (!isBlocked) wake()
  }
  return {
    closed: closed.signal,
    get isClosed() {
      return closed.signal.aborted
    },
    get waiting() {
      return lines.length
    },
    push(line: string) {
      lines.push(line)
      write()
    },
    drop() {
      lines = []
    },
    async drained() {
      if (!isBlocked || closed.signal.aborted) return
      const { promise, resolve } = Promise.withResolvers<void>()
      wake = resolve
      closed.signal.addEventListener("abort", () => resolve(), { once: true })
      await promise
    },
  }
}
