// Opens the connection to a shared ledger: how it is named, how it is proven, how it fails.
//
// Everything is given explicitly: Bun would otherwise read PGDATABASE and its like from the
// environment, and would skip the certificate check for NODE_TLS_REJECT_UNAUTHORIZED=0.
//
//   INV-33  A database on another machine is spoken to over TLS only, its certificate and its name checked.
//           No setting and no environment turns that off.

import { OperatorProblem } from "@bot-bottle/contracts"
import { SQL } from "bun"
import { LedgerOutdated, LedgerUnavailable } from "../ledger-unavailable.ts"
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

const LOOPBACK = new Set(["localhost", "127.0.0.1", "::1", "[::1]"])
const CONNECT_TIMEOUT_S = 3
const QUERY_TIMEOUT_MS = 4000
/** The server gives up before we do, so that a statement we no longer wait for is not carried out. */
const STATEMENT_TIMEOUT_MS = 3500
const IDLE_S = 30
const MAX_CONNECTIONS = 3

/** The database's word for a host whose build is older than its schema: migrations/postgres. */
const OLDER_BUILD = "BB001"

/**
 * Throws OperatorProblem for an address that cannot be used. Connects with the first statement, and tells the
 * database up to which migration this build knows its schema.
 */
export function connect(address: SharedLedgerAddress, schema: number): Connection {
  const url = parseUrl(address.url)
  const path = url.searchParams.get("host") ?? undefined
  const hostname = url.hostname === "" ? "localhost" : url.hostname
  const place = {
    hostname,
    port: Number(url.port || "5432"),
    database: url.pathname.slice(1),
    username: decodeURIComponent(url.username),
  }
  const name = `${place.hostname}:${place.port}/${place.database}`
  const options = {
    adapter: "postgres" as const,
    ...place,
    ...(path === undefined ? {} : { path }),
    password: address.password ?? findPassword(place, address.home) ?? "",
    tls: tlsOf(url, { isLocal: path !== undefined || LOOPBACK.has(hostname) }),
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
      return [...(await inTime(sql.unsafe<T[]>(text, [...values]), name))]
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
        await inTime(ears.listen(channel, onNews), name)
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

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const wrong = (message: string, hint: string) => new OperatorProblem(message, { hint })
  if (!url || !/^postgres(ql)?:$/.test(url.protocol) || url.pathname.length < 2 || url.username === "") {
    throw wrong("The address of the shared ledger is invalid", "use postgres://user@host:5432/database")
  }
  if (url.password !== "") {
    throw wrong(
      "The address of the shared ledger has a password in it",
      "keep it in ~/.pgpass, or name its variable in 'ledger_token_ref'",
    )
  }
  const mode = url.searchParams.get("sslmode") ?? "verify-full"
  if (mode !== "verify-full") {
    throw wrong(
      `sslmode=${mode} does not check the database's certificate`,
      "leave it out: verify-full is the only mode",
    )
  }
  return url
}

function tlsOf(url: URL, { isLocal }: { isLocal: boolean }) {
  const root = url.searchParams.get("sslrootcert")
  // A socket or a loopback address is this machine, unless the operator asks for TLS there, too.
  if (isLocal && root === null && !url.searchParams.has("sslmode")) return "disable" as const
  return { rejectUnauthorized: true, ...(root === null ? {} : { ca: Bun.file(root) }) }
}

async function inTime<T>(query: PromiseLike<T>, name: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unreachable(name, "it does not answer")), QUERY_TIMEOUT_MS)
  })
  try {
    return await Promise.race([query, late])
  } catch (error) {
    throw isOurMistake(error) ? error : unreachable(name, error instanceof Error ? error.message : String(error), error)
  } finally {
    clearTimeout(timer)
  }
}

/** A statement or a value that PostgreSQL refuses: classes 22, 23 and 42. */
function isOurMistake(error: unknown): boolean {
  return error instanceof SQL.PostgresError && /^(22|23|42)/.test(error.errno ?? "") && error.errno !== "42501"
}

function unreachable(name: string, why: string, cause?: unknown): LedgerUnavailable {
  if (cause instanceof LedgerUnavailable) return cause
  if (cause instanceof SQL.PostgresError && cause.errno === OLDER_BUILD)
    return new LedgerOutdated(`The shared ledger ${name} cannot be used: ${why}`, { cause })
  return new LedgerUnavailable(`The shared ledger ${name} cannot be used: ${why}`, {
    hint: `check it with: psql "host=${name.split(":")[0]} sslmode=verify-full"`,
    cause,
  })
}
