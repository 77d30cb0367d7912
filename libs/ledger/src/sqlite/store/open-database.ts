// Opens the SQLite file: who may write it, how it is kept, which schema it has.
//
// `synchronous` is FULL: a reservation survives a power cut (docs/decisions/0001).
// `busy_timeout` is 0 once open: SQLite's own wait stops the whole process, event loop and
// all, so waiting for the lock is transactions.ts's business. Opening may wait: nothing runs yet.

import { Database } from "bun:sqlite"
import { OperatorProblem } from "@bot-bottle/contracts"
import { secureLedgerFile } from "./ledger-file.ts"
import { lockedByAnother } from "./lock-holder.ts"
import { migrate } from "./migrate.ts"
import { isBusy, isDamaged, unavailable } from "./sqlite-trouble.ts"

export type Synchronous = "FULL" | "NORMAL"

export interface DatabaseOptions<T> {
  readonly nowMs: () => number
  readonly synchronous: Synchronous
  readonly openTimeoutMs: number
  /** Runs before the ledger is in use, and like opening it may wait for other processes. */
  readonly prepare: (db: Database) => T
}

/** Throws OperatorProblem for a file that must not be used, LedgerUnavailable for one that cannot be now. */
export async function openDatabase<T>(
  path: string,
  options: DatabaseOptions<T>,
): Promise<{ readonly db: Database; readonly prepared: T }> {
  secureLedgerFile(path)
  let db: Database | undefined
  try {
    // strict: a misspelled or missing named parameter throws instead of binding NULL.
    db = new Database(path, { readwrite: true, create: false, strict: true })
    db.run(`PRAGMA busy_timeout = ${options.openTimeoutMs}`)
    await keepInWal(db, path, options.openTimeoutMs)
    db.run(`PRAGMA synchronous = ${options.synchronous}`)
    db.run("PRAGMA foreign_keys = ON")
    db.run("PRAGMA journal_size_limit = 16777216")
    migrate(db, path, options.nowMs)
    const prepared = options.prepare(db)
    db.run("PRAGMA busy_timeout = 0")
    return { db, prepared }
  } catch (error) {
    const problem = db !== undefined && isBusy(error) ? lockedByAnother(db, path, error) : unavailable(error, path)
    db?.close()
    if (!isDamaged(error) || !(problem instanceof OperatorProblem)) throw problem
    throw new OperatorProblem(problem.message, { ...(problem.hint ? { hint: problem.hint } : {}), cause: error })
  }
}

async function keepInWal(db: Database, path: string, timeoutMs: number): Promise<void> {
  const mode = await retryWhileBusy(timeoutMs, () =>
    db.query<{ journal_mode: string }, []>("PRAGMA journal_mode = WAL").get(),
  )
  if (mode?.journal_mode === "wal") return
  throw new OperatorProblem(`Ledger ${path} is on a file system that cannot keep a write-ahead log`, {
    hint: "Put it on a local disk: set BOT_BOTTLE_HOME",
  })
}

/** The switch to WAL upgrades a lock, for which SQLite does not wait however long its timeout. */
async function retryWhileBusy<T>(timeoutMs: number, work: () => T): Promise<T> {
  const deadlineMs = performance.now() + timeoutMs
  for (;;) {
    try {
      return work()
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadlineMs) throw error
      await Bun.sleep(5 + 10 * Math.random())
    }
  }
}
