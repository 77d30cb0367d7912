// The windows of providers, one row each.

import type { Database } from "bun:sqlite"
import type { ProviderWindow } from "@bot-bottle/contracts"

export interface Windows {
  note(window: ProviderWindow): void
  list(): readonly ProviderWindow[]
}

interface Row {
  provider: string
  account: string
  name: string
  used_permille: number | null
  is_spent: number
  resets_at_ms: number | null
  seen_at_ms: number
}

export function createWindows(db: Database): Windows {
  const upsert = db.query<null, Record<string, string | number | null>>(`
    INSERT INTO provider_window (provider, account, name, used_permille, is_spent, resets_at_ms, seen_at_ms)
    VALUES ($provider, $account, $name, $usedPermille, $isSpent, $resetsAtMs, $seenAtMs)
    ON CONFLICT DO UPDATE SET used_permille = excluded.used_permille, is_spent = excluded.is_spent,
      resets_at_ms = excluded.resets_at_ms, seen_at_ms = excluded.seen_at_ms
    WHERE excluded.seen_at_ms >= seen_at_ms
  `)
  const selectAll = db.query<Row, []>("SELECT * FROM provider_window ORDER BY provider, account, name")
  return {
    note({ provider, account, name, usedPermille, isSpent, resetsAtMs, seenAtMs }) {
      const used = usedPermille ?? null
      const spent = isSpent ? 1 : 0
      upsert.run({
        provider,
        account,
        name,
        usedPermille: used,
        isSpent: spent,
        resetsAtMs: resetsAtMs ?? null,
        seenAtMs,
      })
    },
    list: () => selectAll.all().map(windowFrom),
  }
}

function windowFrom(row: Row): ProviderWindow {
  return {
    provider: row.provider,
    account: row.account,
    name: row.name,
    ...(row.used_permille === null ? {} : { usedPermille: row.used_permille }),
    isSpent: row.is_spent === 1,
    ...(row.resets_at_ms === null ? {} : { resetsAtMs: row.resets_at_ms }),
    seenAtMs: row.seen_at_ms,
  }
}
