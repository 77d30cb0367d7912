// Names the process that holds a ledger's write lock, for those who waited for it in vain.
//
// It decides nothing: a holder that cannot be told is left out of the message. In WAL mode a writer
// locks byte 120 of the log's index, the file `-shm`, and the kernel lists each such lock with its pid.

import type { Database } from "bun:sqlite"
import { readdirSync, readFileSync, statSync } from "node:fs"
import { LedgerUnavailable } from "../../ledger-unavailable.ts"

const WRITE_LOCK_BYTE = 120

/** `db` is asked which run the holder belongs to; readers are not locked out. */
export function lockedByAnother(db: Database, path: string, cause?: unknown): LedgerUnavailable {
  const pid = findHolder(path)
  if (pid === undefined || pid === process.pid) {
    const hint = `See which one: fuser -v ${path}`
    return new LedgerUnavailable(`Ledger ${path} stays locked by another process`, { hint, cause })
  }
  const owner = findOwner(db, pid) ?? nameOf(pid)
  const isStopped = / T /.test(readText(`/proc/${pid}/stat`).replace(/^.*\)/s, ""))
  const message = `Ledger ${path} stays locked by process ${pid}, ${owner}${isStopped ? ", which is stopped" : ""}`
  const first = isStopped ? `'kill -CONT ${pid}' resumes it,` : "if it hangs,"
  return new LedgerUnavailable(message, { hint: `${first} 'kill -9 ${pid}' ends it; nothing committed is lost`, cause })
}

/** From the text of /proc/locks. A waiter's line has an arrow. */
export function parseHolder(locks: string, inode: number): number | undefined {
  const held =
    /^\d+: POSIX +ADVISORY +WRITE +(?<pid>\d+) [0-9a-f]+:[0-9a-f]+:(?<inode>\d+) (?<from>\d+) (?<to>\d+|EOF)$/
  for (const line of locks.split("\n")) {
    const found = held.exec(line.trim())?.groups
    if (found === undefined || Number(found["inode"]) !== inode) continue
    const to = found["to"] === "EOF" ? Number.POSITIVE_INFINITY : Number(found["to"])
    if (Number(found["from"]) <= WRITE_LOCK_BYTE && to >= WRITE_LOCK_BYTE) return Number(found["pid"])
  }
  return undefined
}

function findHolder(path: string): number | undefined {
  const index = `${path}-shm`
  const stat = statSync(index, { throwIfNoEntry: false })
  if (stat === undefined) return undefined
  const pid = parseHolder(readText("/proc/locks"), stat.ino)
  return pid !== undefined && hasOpen(pid, stat) ? pid : undefined
}

/** Another file system may have a file of the same inode number. */
function hasOpen(pid: number, { ino, dev }: { readonly ino: number; readonly dev: number }): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      const stat = statSync(`/proc/${pid}/fd/${fd}`, { throwIfNoEntry: false })
      return stat?.ino === ino && stat.dev === dev
    })
  } catch {
    // It has ended, or is another user's.
    return false
  }
}

function findOwner(db: Database, pid: number): string | undefined {
  try {
    const row = db
      .query<{ slug: string; isProxy: number }, { pid: string }>(`
        SELECT slug, coalesce(proxy LIKE $pid, 0) AS isProxy FROM run
        WHERE ended_at_ms IS NULL AND (proxy LIKE $pid OR launcher LIKE $pid) LIMIT 1
      `)
      .get({ pid: `${pid}:%` })
    return row === null ? undefined : `the ${row.isProxy ? "proxy" : "launcher"} of run ${row.slug}`
  } catch {
    // A ledger without its tables, or one that cannot be read either.
    return undefined
  }
}

function nameOf(pid: number): string {
  return readText(`/proc/${pid}/comm`).replace(/\p{C}/gu, "") || "whose name cannot be read"
}

/** Empty for a process that has ended. */
function readText(path: string): string {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return ""
  }
}
