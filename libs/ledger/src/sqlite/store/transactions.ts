// Every read and write of the ledger goes through here: who waits, how long, and what is
// one transaction.
//
// Writes that are asked for in the same turn of the event loop share one transaction and so one
// wait for the disk. Each stands or falls alone (a savepoint); all are durable before any of their
// promises resolves. Waiting for another process's lock is a timer, never a blocked thread: open
// streams keep flowing.
//
//   A caller never sees SQLITE_BUSY: it gets its result, or LedgerUnavailable once its timeout is over, and
//   then nothing of its work was done.

import type { Database } from "bun:sqlite"
import { LedgerUnavailable } from "../../ledger-unavailable.ts"
import { lockedByAnother } from "./lock-holder.ts"
import { isBusy, unavailable } from "./sqlite-trouble.ts"

export interface Transactions {
  /** Runs `work` once, under the write lock, and resolves when it is durable. When it throws, nothing of it is kept. */
  write<T>(work: () => T, timeoutMs: number): Promise<T>
  /** Runs `work` against one unchanging view. */
  read<T>(work: () => T): Promise<T>
  /** Tries once to finish what is queued; what cannot be is refused. */
  close(): void
}

interface Job {
  readonly work: () => unknown
  readonly deadlineMs: number
  readonly resolve: (value: never) => void
  readonly reject: (reason: unknown) => void
}

/** Keeps one transaction to a few milliseconds. */
const MAX_JOBS = 64
const READ_TIMEOUT_MS = 5000
/**
 * Mean wait between two tries for the lock, which a transaction holds for about 0.3 ms. It does
 * not grow while others merely take turns: whoever waits longer the longer it has waited starves.
 */
const TURN_WAIT_MS = 1
/** Once it has been tried for so long, somebody is holding the lock. */
const TURN_TRIES = 500
const HELD_WAIT_MS = 5

export function createTransactions(db: Database, path: string): Transactions {
  const statements = {
    begin: db.query("BEGIN"),
    beginImmediate: db.query("BEGIN IMMEDIATE"),
    commit: db.query("COMMIT"),
    rollback: db.query("ROLLBACK"),
    savepoint: db.query("SAVEPOINT job"),
    release: db.query("RELEASE job"),
    rollbackJob: db.query("ROLLBACK TO job"),
  }
  let queue: Job[] = []
  let isScheduled = false
  let isClosed = false
  let waits = 0

  function schedule(): void {
    if (isScheduled || queue.length === 0) return
    isScheduled = true
    setImmediate(turn)
  }

  function turn(): void {
    isScheduled = false
    if (isClosed) return
    if (commitQueued()) {
      waits = 0
      schedule()
    } else {
      refuseExpired()
      isScheduled = true
      setTimeout(turn, jittered(waits++))
    }
  }

  /** False when another process holds the lock. */
  function commitQueued(): boolean {
    const jobs = queue.slice(0, MAX_JOBS)
    if (jobs.length === 0) return true
    try {
      statements.beginImmediate.run()
    } catch (error) {
      if (isBusy(error)) return false
      return settleQueue(jobs, () => refuse(jobs, error))
    }
    try {
      const outcomes = jobs.map((job) => outcomeOf(job, jobs.length > 1))
      if (db.inTransaction) statements.commit.run()
      return settleQueue(jobs, () => {
        for (const tell of outcomes) tell()
      })
    } catch (error) {
      if (db.inTransaction) statements.rollback.run()
      return settleQueue(jobs, () => refuse(jobs, error))
    }
  }

  /** The answer to the job once the transaction is durable. Throws what ends the whole transaction. */
  function outcomeOf(job: Job, isShared: boolean): () => void {
    if (isShared) statements.savepoint.run()
    try {
      const value = job.work()
      if (isShared) statements.release.run()
      return () => job.resolve(value as never)
    } catch (error) {
      if (unavailable(error, path) !== error) throw error
      if (isShared) {
        statements.rollbackJob.run()
        statements.release.run()
      } else statements.rollback.run()
      return () => job.reject(error)
    }
  }

  function settleQueue(jobs: readonly Job[], tell: () => void): true {
    queue = queue.slice(jobs.length)
    tell()
    return true
  }

  function refuse(jobs: readonly Job[], error: unknown): void {
    for (const job of jobs) job.reject(unavailable(error, path))
  }

  function refuseExpired(): void {
    const nowMs = performance.now()
    const expired = queue.filter((job) => job.deadlineMs <= nowMs)
    queue = queue.filter((job) => job.deadlineMs > nowMs)
    if (expired.length === 0) return
    const problem = lockedByAnother(db, path)
    for (const job of expired) job.reject(problem)
  }

  function readOnce<T>(work: () => T): T {
    statements.begin.run()
    try {
      return work()
    } finally {
      if (db.inTransaction) statements.commit.run()
    }
  }

  return {
    write<T>(work: () => T, timeoutMs: number): Promise<T> {
      if (isClosed) return Promise.reject(closed(path))
      return new Promise<T>((resolve, reject) => {
        queue.push({ work, deadlineMs: performance.now() + timeoutMs, resolve, reject })
        schedule()
      })
    },

    async read<T>(work: () => T): Promise<T> {
      const deadlineMs = performance.now() + READ_TIMEOUT_MS
      for (let tries = 0; ; tries++) {
        if (isClosed) throw closed(path)
        try {
          return readOnce(work)
        } catch (error) {
          if (!isBusy(error)) throw unavailable(error, path)
          if (performance.now() >= deadlineMs) throw lockedByAnother(db, path)
        }
        await new Promise((resolve) => setTimeout(resolve, jittered(tries)))
      }
    },

    close() {
      if (isClosed) return
      while (queue.length > 0 && commitQueued());
      isClosed = true
      for (const job of queue) job.reject(closed(path))
      queue = []
    },
  }
}

function jittered(waits: number): number {
  const mean = waits < TURN_TRIES ? TURN_WAIT_MS : HELD_WAIT_MS
  return mean * (0.5 + Math.random())
}

function closed(path: string): LedgerUnavailable {
  return new LedgerUnavailable(`Ledger ${path} is closed`)
}
