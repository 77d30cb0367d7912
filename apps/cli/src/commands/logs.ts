// `logs`: what a run's egress refused and forwarded, from the proxy's own event log.

import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { runFolders } from "@bot-bottle/bottle"
import { EGRESS_FILES, type EgressEvent } from "@bot-bottle/contracts"
import type { Host } from "../host.ts"
import { openHostLedger } from "../host-ledger.ts"
import { loadRun } from "../runs/find-run.ts"
import { plain } from "../terminal/figures.ts"

export async function runLogs(host: Host, slug: string, flags: { readonly json?: boolean }): Promise<number> {
  using ledger = await openHostLedger(host)
  await loadRun(ledger, slug)
  const path = join(runFolders(host.env.root, slug).egress, EGRESS_FILES.events)
  const lines = existsSync(path)
    ? readFileSync(path, "utf8")
        .split("\n")
        .filter((line) => line !== "")
    : []

  if (flags.json) for (const line of lines) host.screen.print(line)
  else if (lines.length === 0) host.screen.note(`${slug}: nothing logged`)
  else for (const line of lines) host.screen.print(formatEvent(line))
  return 0
}

/** A line that was cut off by a crash is shown as it is. */
export function formatEvent(line: string): string {
  let event: EgressEvent
  try {
    event = JSON.parse(line) as EgressEvent
  } catch {
    return plain(line)
  }
  const request = `${event.method ?? "CONNECT"} ${event.host}:${event.port}${event.path ?? ""}`
  const outcome = event.kind === "denied" ? `denied ${event.reason ?? ""}` : `forwarded ${event.status ?? ""}`
  return plain([event.at, outcome.trim(), request, ...(event.rule === undefined ? [] : [`(${event.rule})`])].join("  "))
}
