// A ledger that holds nothing, in memory: for a command that only reads, before any command has made
// the file. It has this build's schema, so that every question has its usual answer.

import { Database } from "bun:sqlite"
import { migrate } from "./migrate.ts"

export interface EmptyOptions<T> {
  readonly nowMs: () => number
  readonly prepare: (db: Database) => T
}

/** Writing to it fails. */
export function openEmpty<T>({ nowMs, prepare }: EmptyOptions<T>): { readonly db: Database; readonly prepared: T } {
  const path = ":memory:"
  const db = new Database(path, { strict: true })
  db.run("PRAGMA foreign_keys = ON")
  migrate(db, path, nowMs)
  const prepared = prepare(db)
  db.run("PRAGMA query_only = ON")
  return { db, prepared }
}
