// `logs`: what a run's agent wrote, from its transcript, or what its egress refused and
// forwarded, from the proxy's event log; with `-f` until the run ends.
//
// On a terminal nothing of the agent's is obeyed unless `--raw` asks for it; a file or a pipe
// gets the bytes as they were written.

import { linesOf, OperatorProblem, type Slug, sanitizeLine } from "@bot-bottle/contracts"
import { egressEventSchema, MAX_EGRESS_EVENT } from "@bot-bottle/contracts/messages/egress-event"
import { parseMessage } from "@bot-bottle/contracts/messages/parse-message"
import { openRun } from "@bot-bottle/control"
import { controlHost } from "../control-host.ts"
import type { Host } from "../host.ts"
import { createSafeText } from "../terminal/safe-text.ts"

export interface LogsFlags {
  readonly follow?: boolean
  readonly egress?: boolean
  readonly raw?: boolean
  readonly json?: boolean
}

export async function runLogs(host: Host, slug: Slug, flags: LogsFlags): Promise<number> {
  checkFlags(flags, slug)
  const run = openRun(controlHost(host), slug)
  const follow = flags.follow === true
  const isAnything =
    flags.egress === true
      ? await showEvents(host, run.logs({ of: "egress", follow }), flags.json === true)
      : await showTranscript(host, run.logs({ of: "agent", follow }), flags.raw === true)
  if (!isAnything) host.screen.note(`${slug}: nothing ${flags.egress ? "logged" : "written"}`)
  return 0
}

function checkFlags({ egress, json, raw }: LogsFlags, slug: Slug): void {
  if (json === true && egress !== true)
    throw new OperatorProblem("--json needs --egress", { exitCode: 2, hint: `bot-bottle logs ${slug} --egress --json` })
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

async function showEvents({ screen }: Host, log: Log, isJson: boolean): Promise<boolean> {
  let isAnything = false
  // A line that a crash cut off is shown, too.
  for await (const line of linesOf(log, { maxLength: MAX_EGRESS_EVENT, unfinished: "kept" })) {
    isAnything = true
    screen.print(isJson ? sanitizeLine(line) : formatEvent(line))
  }
  return isAnything
}

/** A line that is not an event is shown as it is. */
export function formatEvent(line: string): string {
  const parsed = parseMessage(egressEventSchema, line, { maxLength: MAX_EGRESS_EVENT })
  if (parsed.outcome === "invalid") return sanitizeLine(line)
  const event = parsed.message
  const request = `${event.method ?? "CONNECT"} ${event.host}:${event.port}${event.path ?? ""}`
  const outcome = event.kind === "denied" ? `denied ${event.reason ?? ""}` : `forwarded ${event.status ?? ""}`
  const rule = event.rule === undefined ? [] : [`(${event.rule})`]
  return sanitizeLine([event.at, outcome.trim(), request, ...rule].join("  "))
}

/** Resolves when it is taken: a transcript is long, and its reader may be slow. */
function written(text: string | Uint8Array): Promise<void> {
  return new Promise((done) => void process.stdout.write(text, () => done()))
}
