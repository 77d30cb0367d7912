// SQLite's own errors as the one class that the outside branches on, with a message that names
// the file and a hint how to fix it.

import { SQLiteError } from "bun:sqlite"
import { statfsSync } from "node:fs"
import { dirname } from "node:path"
import { LedgerFull, LedgerUnavailable } from "../../ledger-unavailable.ts"

export function isBusy(error: unknown): boolean {
  return error instanceof SQLiteError && codeOf(error).startsWith("SQLITE_BUSY")
}

/** A row the schema refused: a bug of the caller, which leaves the ledger as it was. */
function isConstraint(error: unknown): boolean {
  return error instanceof SQLiteError && codeOf(error).startsWith("SQLITE_CONSTRAINT")
}

/** A file that is damaged or no ledger at all: trying again will not help. */
export function isDamaged(error: unknown): boolean {
  return error instanceof SQLiteError && /^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(error))
}

/** SQLite's troubles as LedgerUnavailable; anything else is returned as it came. */
export function unavailable(error: unknown, path: string): unknown {
  if (!(error instanceof SQLiteError) || isConstraint(error)) return error
  if (isFull(codeOf(error), path)) return withoutSpace(path, error)
  const { message, hint } = describeTrouble(codeOf(error), path)
  return new LedgerUnavailable(message, { hint, cause: error })
}

export function withoutSpace(path: string, cause?: unknown): LedgerFull {
  return new LedgerFull(`The disk is full, so nothing can be written to the ledger ${path}`, {
    hint: "free some space; no data was lost",
    cause,
  })
}

/** SHMSIZE: the file for the write-ahead log's index could not be made as large as it has to be. */
function isFull(code: string, path: string): boolean {
  if (code.startsWith("SQLITE_FULL") || code === "SQLITE_IOERR_SHMSIZE") return true
  return code.startsWith("SQLITE_CANTOPEN") && hasNoFileLeft(path)
}

function hasNoFileLeft(path: string): boolean {
  try {
    const { files, ffree } = statfsSync(dirname(path))
    return files > 0 && ffree === 0
  } catch {
    return false // nor can its disk be asked
  }
}

function describeTrouble(code: string, path: string): { message: string; hint: string } {
  if (code.startsWith("SQLITE_BUSY")) {
    return { message: `Ledger ${path} is locked by another process`, hint: `See which one: fuser -v ${path}` }
  }
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) {
    const hint = `Stop every run, keep a copy of ${path}*, and recover it with: sqlite3 ${path} .recover`
    return { message: `Ledger ${path} is damaged or is not a ledger`, hint }
  }
  if (/^SQLITE_(READONLY|CANTOPEN|PERM|AUTH)/.test(code)) {
    return { message: `Ledger ${path} cannot be opened for writing`, hint: "Check its owner, mode and file system" }
  }
  return { message: `Ledger ${path} cannot be used (${code})`, hint: "Check the disk: the system's log may say more" }
}

function codeOf(error: SQLiteError): string {
  return error.code ?? ""
}
