// Proves every host's audit chain. This host's is held against its own head and the head that the
// shared ledger has of it; every other host's is proven as the shared ledger keeps it.

import type { HostId } from "@bot-bottle/contracts"
import { verifyAudit } from "../audit/verify-audit.ts"
import type { Ledger } from "../ledger.ts"
import type { SharedStore } from "../postgres/shared-store.ts"
import type { AuditVerdict } from "../roles/enforcement.ts"

export interface FleetAudit {
  readonly own: Ledger
  readonly shared: Pick<SharedStore, "listAudit" | "auditHeads">
  readonly sync: () => Promise<unknown>
  readonly remote: <T>(work: () => Promise<T>) => Promise<T>
}

export async function verifyFleetAudit({ own, shared, sync, remote }: FleetAudit): Promise<AuditVerdict> {
  // Heads first: rows that come meanwhile leave them behind, never ahead.
  const heads = await remote(() => shared.auditHeads())
  const verdict = await own.verifyAudit()
  if (verdict.outcome === "broken") return { ...verdict, host: own.host }
  const anchor = heads.get(own.host)
  if (anchor !== undefined && anchor.seq > 0) {
    const [row] = await own.listAudit({ afterSeq: anchor.seq - 1, limit: 1 })
    if (row === undefined) return { outcome: "broken", seq: verdict.rows + 1, problem: "truncated", host: own.host }
    if (row.hash !== anchor.hash) return { outcome: "broken", seq: anchor.seq, problem: "changed", host: own.host }
  }
  await sync()

  let rows = verdict.rows
  const byHost = Map.groupBy(await shared.listAudit(), ({ host }) => host)
  const others = new Set([...heads.keys(), ...byHost.keys()].filter((host) => host !== own.host))
  for (const host of [...others].sort() as HostId[]) {
    // A row does not name its host: each chain is hashed as its host wrote it.
    const chain = (byHost.get(host) ?? []).map(({ host: _, ...row }) => row)
    const theirs = verifyAudit(chain, heads.get(host))
    if (theirs.outcome === "broken") return { ...theirs, host }
    rows += chain.length
  }
  return { outcome: "intact", rows }
}
