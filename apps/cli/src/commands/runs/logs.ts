// `logs`: what a run's agent wrote, from its transcript, or what its egress refused and
// forwarded, from the proxy's event log; with `-f` until the run ends.
//
// An agent that was used by hand drew on a screen: its lines are given as a person saw them. On a
// terminal nothing of the agent's is obeyed. `--raw` gives the bytes as they were written, and so
// does a file or a pipe of an agent without a terminal.

import { linesOf, OperatorProblem, type Slug, sanitizeLine } from "@bot-bottle/contracts"
import { type EgressEvent, egressEventSchema, MAX_EGRESS_EVENT } from "@bot-bottle/contracts/messages/egress-event"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { openRun } from "@bot-bottle/control"
import { controlHost } from "../../control-host.ts"
import type { Host } from "../../host.ts"
import { createHostGroups, describeEgress } from "../../messages/describe-egress.ts"
import { createSafeText } from "../../terminal/safe-text.ts"
import { parseSince } from "../../terminal/since.ts"
import { wrapProse } from "../../terminal/wrap-text.ts"

export interface LogsFlags {
  readonly follow?: boolean
  readonly egress?: boolean
  readonly raw?: boolean
  readonly json?: boolean
  readonly by?: string
  readonly tail?: string
  readonly since?: string
}

export async function runLogs(host: Host, slug: Slug, flags: LogsFlags): Promise<number> {
  checkFlags(flags, slug)
  const run = openRun(controlHost(host), slug)
  const follow = flags.follow === true
  const isAnything =
    flags.egress === true
      ? await showEvents(host, slug, run.logs({ of: "egress", follow }), readChoice(flags))
      : (flags.raw !== true && (await run.eachLine({ follow }, (line) => showLine(host, line)))) ||
        (await showTranscript(host, run.logs({ of: "agent", follow }), flags.raw === true))
  if (!isAnything) host.screen.note(`${slug}: nothing ${flags.egress ? "logged" : "written"}`)
  return 0
}

function checkFlags(flags: LogsFlags, slug: Slug): void {
  const { egress, raw, follow, json, by } = flags
  const first = (["json", "by", "tail", "since"] as const).find((name) => flags[name] !== undefined)
  if (first !== undefined && egress !== true) {
    const value = flags[first] === true ? "" : ` ${flags[first]}`
    throw new OperatorProblem(`--${first} needs --egress`, {
      exitCode: 2,
      hint: `bot-bottle logs ${slug} --egress --${first}${value}`,
    })
  }
  const waiting = (["by", "tail"] as const).find((name) => flags[name] !== undefined)
  if (follow === true && waiting !== undefined)
    throw new OperatorProblem(`--${waiting} needs the end of the log, and --follow has none`, {
      exitCode: 2,
      hint: `bot-bottle logs ${slug} --egress --follow --since 10m`,
    })
  if (json === true && by !== undefined)
    throw new OperatorProblem("--json and --by contradict each other", {
      exitCode: 2,
      hint: `bot-bottle logs ${slug} --egress --by ${by}`,
    })
  if (raw === true && egress === true)
    throw new OperatorProblem("--raw and --egress contradict each other", {
      exitCode: 2,
      hint: `bot-bottle logs ${slug} --egress`,
    })
}

type Log = AsyncIterable<Uint8Array>

async function showTranscript(host: Host, log: Log, isRaw: boolean): Promise<boolean> {
  const safe = host.screen.isTerminal && !isRaw ? createSafeText() : undefined
  let isAnything = false
  for await (const bytes of log) {
    isAnything = true
    await written(safe === undefined ? bytes : safe.push(bytes))
  }
  if (safe !== undefined) await written(safe.end())
  return isAnything
}

/** A terminal that is narrower than the agent's breaks it. */
function showLine({ screen }: Host, line: string): void {
  const safe = sanitizeLine(line)
  if (Bun.stringWidth(safe) <= screen.width) screen.print(safe)
  else for (const part of Bun.wrapAnsi(safe, screen.width, { hard: true, trim: false }).split("\n")) screen.print(part)
}

interface EventChoice {
  readonly shape: "lines" | "json" | "hosts"
  readonly sinceMs: number | undefined
  readonly tail: number | undefined
}

function readChoice({ json, by, tail, since }: LogsFlags): EventChoice {
  if (tail !== undefined && !/^[1-9]\d{0,6}$/.test(tail))
    throw new OperatorProblem(`invalid --tail '${tail}': a number of requests, from 1`, { exitCode: 2 })
  return {
    shape: json === true ? "json" : by === undefined ? "lines" : "hosts",
    sinceMs: since === undefined ? undefined : parseSince(since, Date.now()),
    tail: tail === undefined ? undefined : Number(tail),
  }
}

interface LoggedLine {
  readonly line: string
  /** Undefined for a line that is not an event: it is shown as it is. */
  readonly event: EgressEvent | undefined
}

async function showEvents(
  { screen }: Host,
  slug: Slug,
  log: Log,
  { shape, sinceMs, tail }: EventChoice,
): Promise<boolean> {
  let isAnything = false
  const groups = createHostGroups()
  const last: LoggedLine[] = []
  const show = ({ line, event }: LoggedLine): void => {
    if (shape === "hosts" && event !== undefined) groups.add(event)
    else if (shape === "json" || event === undefined) screen.print(sanitizeLine(line))
    else printLine(screen, `${describeEgress(event, Date.now())}${nameOf(slug, event)}`)
  }
  // A line that a crash cut off is shown, too.
  for await (const line of linesOf(log, { maxLength: MAX_EGRESS_EVENT, unfinished: "kept" })) {
    const parsed = parseMessage(egressEventSchema, line, { maxLength: MAX_EGRESS_EVENT })
    const event = parsed.outcome === "parsed" ? parsed.message : undefined
    if (sinceMs !== undefined && event !== undefined && Date.parse(event.at) < sinceMs) continue
    isAnything = true
    if (tail === undefined) show({ line, event })
    else if (last.push({ line, event }) > tail) last.shift()
  }
  for (const one of last) show(one)
  for (const line of groups.lines(Date.now())) printLine(screen, line)
  return isAnything
}

/** As `why` takes it, of what no route allowed. */
function nameOf(slug: Slug, { kind, id }: EgressEvent): string {
  return kind === "forwarded" || id === undefined ? "" : `  ${slug}/${id}`
}

/** Resolves when it is taken: a transcript is long, and its reader may be slow. */
function written(text: string | Uint8Array): Promise<void> {
  return new Promise((done) => void process.stdout.write(text, () => done()))
}

/** Under the time, where the terminal is narrow. */
function printLine(screen: Host["screen"], line: string): void {
  for (const part of wrapProse(line, { width: screen.width, hang: 10 })) screen.print(part)
}
