// Gives a ledger its host's id when it is first opened by a build that knows hosts, and the
// same id ever after. Runs of older builds become this host's.

import type { Database } from "bun:sqlite"
import { hostname } from "node:os"
import type { HostId } from "@bot-bottle/contracts"

const MAX_NAME = 40

export function ensureHost(db: Database, nowMs: () => number): HostId {
  const select = db.query<{ id: HostId }, []>("SELECT id FROM host")
  const known = select.get()
  if (known) return known.id
  return db
    .transaction((): HostId => {
      // Read again under the lock: another process may have been faster.
      const found = select.get()
      if (found) return found.id
      const id = newHostId()
      db.query("INSERT INTO host (id, created_at_ms) VALUES (?, ?)").run(id, nowMs())
      db.query("UPDATE run SET host = ? WHERE host = ''").run(id)
      return id
    })
    .immediate()
}

/** The machine's name, for people, and five random characters: two machines may have one name. */
function newHostId(): HostId {
  const name = hostname()
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, "-")
    .slice(0, MAX_NAME)
  const suffix = [...crypto.getRandomValues(new Uint32Array(5))].map((value) => (value % 36).toString(36)).join("")
  return `${name || "host"}-${suffix}` as HostId
}
