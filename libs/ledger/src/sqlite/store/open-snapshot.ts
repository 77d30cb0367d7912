// The contents of a ledger, in memory: for a command that only reads, on a disk that has no room
// for the files that opening needs.
//
// The write-ahead log is read as well, with its index in memory: SQLite does so for the one
// connection that holds the file alone. It is let go before the snapshot is used.

import { Database } from "bun:sqlite"
import { readFileSync, statSync } from "node:fs"
import { secureLedgerFile } from "./ledger-file.ts"
import { migrate } from "./migrate.ts"
import { unavailable } from "./sqlite-trouble.ts"

export interface SnapshotOptions<T> {
  readonly nowMs: () => number
  readonly openTimeoutMs: number
  readonly prepare: (db: Database) => T
}

/** Writing to it fails. Throws what `openDatabase` throws, also for a ledger of an older schema. */
export function openSnapshot<T>(
  path: string,
  { nowMs, openTimeoutMs, prepare }: SnapshotOptions<T>,
): { readonly db: Database; readonly prepared: T } {
  secureLedgerFile(path)
  try {
    const db = Database.deserialize(inRollbackMode(readWhole(path, openTimeoutMs)), { strict: true })
    db.run("PRAGMA query_only = ON")
    migrate(db, path, nowMs)
    return { db, prepared: prepare(db) }
  } catch (error) {
    throw unavailable(error, path)
  }
}

function readWhole(path: string, timeoutMs: number): Uint8Array {
  // Where no log can be made there is none to read.
  if (statSync(`${path}-wal`, { throwIfNoEntry: false }) === undefined) return readFileSync(path)
  const db = new Database(path, { readwrite: true, create: false })
  try {
    db.run(`PRAGMA busy_timeout = ${timeoutMs}`)
    db.run("PRAGMA locking_mode = EXCLUSIVE")
    db.query("SELECT 1 FROM sqlite_master").get()
    return db.serialize()
  } finally {
    db.close()
  }
}

/** Bytes 18 and 19 of the header say WAL, which a database in memory cannot have. */
function inRollbackMode(bytes: Uint8Array): Uint8Array {
  bytes.fill(1, 18, 20)
  return bytes
}
