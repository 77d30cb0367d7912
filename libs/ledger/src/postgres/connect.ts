// Opens the connection to a shared ledger, and says how it fails.
//
// Everything is given explicitly: Bun would otherwise read PGDATABASE and its like from the
// environment, and would skip the certificate check for NODE_TLS_REJECT_UNAUTHORIZED=0.

import { SQL } from "bun"
import { LedgerOutdated, LedgerUnavailable } from "../ledger-unavailable.ts"
import { type DatabaseAddress, parseAddress } from "./address.ts"
import { findPassword } from "./password.ts"

export interface SharedLedgerAddress {
  /** `postgres://user@host:port/database`, with `?sslrootcert=<file>` for an own authority. */
  readonly url: string
  /** When it is not in ~/.pgpass. */
  readonly password: string | undefined
  /** Where .pgpass is. */
  readonly home: string
}

export interface Connection {
  /** One statement, one round trip. Throws LedgerUnavailable when the database cannot be had in time. */
  rows<T>(text: string, values: readonly unknown[]): Promise<readonly T[]>
  /** Until the connection is lost: then `onLost` is called once, and the caller listens again when it likes. */
  listen(channel: string, heard: Listener): Promise<{ unlisten(): Promise<void> }>
  /** Statements sent so far: each was one round trip. */
  readonly roundTrips: number
  close(): Promise<void>
}

export interface Listener {
  readonly onNews: (payload: string) => void
  readonly onLost: () => void
}

const CONNECT_TIMEOUT_S = 3
const QUERY_TIMEOUT_MS = 4000
/** The server gives up before we do, so that a statement we no longer wait for is not carried out. */
const STATEMENT_TIMEOUT_MS = 3500
const IDLE_S = 30
const MAX_CONNECTIONS = 3

/** The database's word for a host whose build is older than its schema: migrations/postgres. */
const OLDER_BUILD = "BB001"
const NO_RIGHT = "42501"

/**
 * Throws OperatorProblem for an address that cannot be used. Connects with the first statement, and tells the
 * database up to which migration this build knows its schema.
 */
export function connect(address: SharedLedgerAddress, schema: number): Connection {
  const at = parseAddress(address.url)
  const { hostname, port, database, username, path, tls } = at
  const options = {
    adapter: "postgres" as const,
    ...{ hostname, port, database, username },
    ...(path === undefined ? {} : { path }),
    password: address.password ?? findPassword(at, address.home) ?? "",
    tls,
    max: MAX_CONNECTIONS,
    idleTimeout: IDLE_S,
    connectionTimeout: CONNECT_TIMEOUT_S,
    connection: { application_name: `bot-bottle/${schema}`, statement_timeout: STATEMENT_TIMEOUT_MS },
  }
  const sql = new SQL(options)
  let roundTrips = 0

  return {
    async rows<T>(text: string, values: readonly unknown[]) {
      roundTrips++
      return [...(await inTime(sql.unsafe<T[]>(text, [...values]), at))]
    },
    async listen(channel, { onNews, onLost }) {
      // A client of its own, closed with its first lost connection: Bun would connect again by
      // itself, and write to the terminal each time that it fails.
      const ears = new SQL({
        ...options,
        max: 1,
        idleTimeout: 0,
        onclose() {
          void close()
          onLost()
        },
      })
      const close = () => ears.close({ timeout: 0 }).catch(() => undefined)
      try {
        await inTime(ears.listen(channel, onNews), at)
      } catch (error) {
        await close()
        throw error
      }
      return { unlisten: close }
    },
    get roundTrips() {
      return roundTrips
    },
    close: () => sql.close({ timeout: 1 }),
  }
}

async function inTime<T>(query: PromiseLike<T>, at: DatabaseAddress): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unreachable(at, "it does not answer")), QUERY_TIMEOUT_MS)
  })
  try {
    return await Promise.race([query, late])
  } catch (error) {
    throw isOurMistake(error) ? error : unreachable(at, error instanceof Error ? error.message : String(error), error)
  } finally {
    clearTimeout(timer)
  }
}

/** A statement or a value that PostgreSQL refuses: classes 22, 23 and 42. */
function isOurMistake(error: unknown): boolean {
  return error instanceof SQL.PostgresError && /^(22|23|42)/.test(error.errno ?? "") && error.errno !== NO_RIGHT
}

function unreachable({ name, trial, username, database }: DatabaseAddress, why: string, cause?: unknown) {
  if (cause instanceof LedgerUnavailable) return cause
  const message = `The shared ledger ${name} cannot be used: ${why}`
  const code = cause instanceof SQL.PostgresError ? cause.errno : undefined
  if (code === OLDER_BUILD) return new LedgerOutdated(message, { cause })
  const hint =
    code === NO_RIGHT
      ? `all hosts use one account, which owns the database: ALTER DATABASE ${quoted(database)} OWNER TO ${quoted(username)}`
      : `check it with: ${trial}`
  return new LedgerUnavailable(message, { hint, cause })
}

function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`
}
