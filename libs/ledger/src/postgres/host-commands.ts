// Rows of the shared ledger by which operators ask other hosts to act on their runs, and the answers.

import type { HostId } from "@bot-bottle/contracts"
import type { ActionOutcome } from "../roles/enforcement.ts"
import type { HostCommand } from "../roles/fleet.ts"
import type { Connection } from "./connect.ts"
import { NEWS_CHANNEL } from "./shared-store.ts"

export interface CommandLook {
  readonly answer?: ActionOutcome
  /** How long the host had been silent when it was asked. 0 once it has reported since. */
  readonly silentMs: number
  /** The host has reported since it was asked, and has received the command. */
  readonly isHeard: boolean
}

export type HostCommands = ReturnType<typeof createHostCommands>

export function createHostCommands({ rows }: Pick<Connection, "rows">) {
  const one = async <T>(text: string, values: readonly unknown[]): Promise<T> => {
    const [row] = await rows<T>(text, values)
    if (row === undefined) throw new Error("The shared ledger gave no row")
    return row
  }

  return {
    async ask(target: HostId, { slug, kind, actor }: Omit<HostCommand, "id">): Promise<number> {
      const { id } = await one<{ id: string }>(
        `WITH c AS (INSERT INTO command (host, slug, kind, actor) VALUES ($1, $2, $3, $4) RETURNING id)
         SELECT id, pg_notify('${NEWS_CHANNEL}', $1) FROM c`,
        [target, slug, kind, actor],
      )
      return Number(id)
    },

    /** By the database's clock alone. */
    async lookAt(id: number): Promise<CommandLook> {
      const row = await one<{ done: boolean; error: string | null; silent_ms: string }>(
        `SELECT done_at IS NOT NULL AS done, error,
           coalesce(extract(epoch FROM asked_at - last_seen) * 1000, 0)::bigint AS silent_ms
         FROM command c LEFT JOIN host h ON h.id = c.host WHERE c.id = $1`,
        [id],
      )
      const silentMs = Number(row.silent_ms)
      const look = { silentMs: Math.max(0, silentMs), isHeard: silentMs < 0 }
      if (!row.done) return look
      return { ...look, answer: row.error === null ? { outcome: "done" } : { outcome: "failed", error: row.error } }
    },

    async answer(id: number, ended: ActionOutcome): Promise<void> {
      await rows(
        `WITH c AS (UPDATE command SET done_at = now(), error = $2 WHERE id = $1 AND done_at IS NULL RETURNING 1)
         SELECT pg_notify('${NEWS_CHANNEL}', 'answer') FROM c`,
        [id, ended.outcome === "failed" ? ended.error : null],
      )
    },
  }
}
