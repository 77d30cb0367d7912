// Harm to a ledger's file from outside, for tests of crashes and outages: look whether it is sound,
// hold its lock, damage it or a part of it.

import { Database } from "bun:sqlite"
import { closeSync, fstatSync, openSync, writeSync } from "node:fs"

/** Their turns are short, and a busy machine may stop one in the middle of its turn. */
const WAIT_FOR_WRITERS = "PRAGMA busy_timeout = 10000"

/** The faults that SQLite finds in the file; none when it is sound. */
export function listDamage(path: string): readonly string[] {
  const db = new Database(path, { readonly: true })
  try {
    const pages = db.query<{ integrity_check: string }, []>("PRAGMA integrity_check").all()
    const strays = db.query<{ table: string; rowid: number }, []>("PRAGMA foreign_key_check").all()
    return [
      ...pages.map((row) => row.integrity_check).filter((found) => found !== "ok"),
      ...strays.map(({ table, rowid }) => `${table} row ${rowid} names a row that is not there`),
    ]
  } finally {
    db.close()
  }
}

/** Holds the write lock until the returned function is called. */
export function holdWriteLock(path: string): () => void {
  const db = new Database(path, { readwrite: true, create: false })
  db.run(WAIT_FOR_WRITERS)
  db.run("BEGIN IMMEDIATE")
  return () => {
    db.run("ROLLBACK")
    db.close()
  }
}

/** Takes the questions of agents away from a ledger that is open: asking fails from now on. */
export function dropQuestions(path: string): void {
  const db = new Database(path, { readwrite: true, create: false })
  try {
    db.run(WAIT_FOR_WRITERS)
    db.run("PRAGMA foreign_keys = OFF")
    for (const table of ["answer_token", "proposal_answer", "proposal"]) db.run(`DROP TABLE ${table}`)
  } finally {
    db.close()
  }
}

/**
 * Overwrites every page but the first. A process that has the ledger open notices at its next read:
 * the write-ahead log is emptied before, and with it goes what other processes had cached.
 */
export function damageFile(path: string): void {
  emptyLog(path)
  const file = openSync(path, "r+")
  const length = fstatSync(file).size - PAGE_BYTES
  writeSync(file, new Uint8Array(length).fill(0xa5), 0, length, PAGE_BYTES)
  closeSync(file)
}

const PAGE_BYTES = 4096

function emptyLog(path: string): void {
  const db = new Database(path, { readwrite: true, create: false })
  try {
    db.run(WAIT_FOR_WRITERS)
    const result = db.query<{ busy: number }, []>("PRAGMA wal_checkpoint(TRUNCATE)").get()
    if (result?.busy !== 0) throw new Error(`The log of ${path} is in use`)
  } finally {
    db.close()
  }
}
