// `audit`: what was enforced and changed, by whom, and proof that the record is whole.

import { formatLocalTime, formatTime, sanitizeLine } from "@bot-bottle/contracts"
import { openHostLedgerToRead } from "@bot-bottle/control"
import type { HostAuditRow } from "@bot-bottle/ledger"
import { controlHost } from "../../control-host.ts"
import type { Host } from "../../host.ts"
import { noteTrouble } from "../../note-trouble.ts"
import type { Screen } from "../../terminal/screen.ts"
import { type Column, formatTable } from "../../terminal/table.ts"

export interface AuditFlags {
  readonly verify?: boolean
  readonly json?: boolean
}

export async function runAudit(host: Host, flags: AuditFlags): Promise<number> {
  await using ledger = await openHostLedgerToRead(controlHost(host))
  if (flags.verify) {
    const verdict = await ledger.verifyAudit()
    if (flags.json) host.screen.print(JSON.stringify(verdict))
    else if (verdict.outcome === "intact") host.screen.print(`audit intact: ${verdict.rows} rows`)
    else {
      const chain = verdict.host === undefined ? "" : ` of ${sanitizeLine(verdict.host)}`
      host.screen.print(`audit broken at row ${verdict.seq}${chain}: ${verdict.problem}`)
    }
    return verdict.outcome === "intact" ? 0 : 1
  }

  const own = (await ledger.listAudit()).map((row) => ({ ...row, host: ledger.host }))
  const rows = [...own, ...((await ledger.fleet?.listAudit()) ?? [])].sort((a, b) => a.atMs - b.atMs)
  noteTrouble(host, ledger)
  if (flags.json) host.screen.print(JSON.stringify(rows.map(auditJson), null, 2))
  else if (rows.length === 0) host.screen.note("No audit entries yet.")
  else for (const line of auditTable(rows, host.screen)) host.screen.print(line)
  return 0
}

export function auditJson(row: HostAuditRow) {
  return {
    seq: row.seq,
    at: formatTime(row.atMs),
    slug: row.slug,
    kind: row.kind,
    actor: row.actor,
    detail: row.detail,
    prev_hash: row.prevHash,
    hash: row.hash,
    host: row.host,
  }
}

function auditTable(rows: readonly HostAuditRow[], { width }: Screen): readonly string[] {
  // Of a shared ledger, once several hosts have recorded something: each counts its own rows.
  const hasSeveral = new Set(rows.map((row) => row.host)).size > 1
  const columns: readonly Column[] = [
    { title: "SEQ", align: "right" },
    ...(hasSeveral ? [{ title: "HOST", minWidth: 10, dropOrder: 3 }] : []),
    { title: "AT" },
    { title: "RUN", minWidth: 12 },
    { title: "WHAT", minWidth: 10 },
    { title: "BY", minWidth: 6, dropOrder: 1 },
    { title: "DETAIL", minWidth: 16, dropOrder: 2 },
  ]
  return formatTable(
    columns,
    rows.map((row) => [
      String(row.seq),
      ...(hasSeveral ? [sanitizeLine(row.host)] : []),
      formatLocalTime(row.atMs),
      row.slug,
      sanitizeLine(row.kind),
      sanitizeLine(row.actor),
      describeDetail(row.detail),
    ]),
    { width },
  )
}

/** `scope=run limit=5000`: the record's own keys, without JSON's punctuation. */
function describeDetail(detail: object): string {
  const pairs = Object.entries(detail).filter(([, value]) => value !== null && value !== undefined)
  return sanitizeLine(
    pairs.map(([key, value]) => `${key}=${typeof value === "object" ? JSON.stringify(value) : value}`).join(" "),
  )
}
