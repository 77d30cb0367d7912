// The address of a shared ledger: how it is named, and how the database behind it is proven.
//
//   INV-33  A database on another machine is spoken to over TLS only, its certificate and its name checked.
//           No setting and no environment turns that off.

import { X509Certificate } from "node:crypto"
import { readFileSync } from "node:fs"
import { isAbsolute } from "node:path"
import { OperatorProblem, quoteCommand } from "@bot-bottle/contracts"

export interface DatabaseAddress {
  readonly hostname: string
  readonly port: number
  readonly database: string
  readonly username: string
  /** Of a socket's folder, instead of the host. */
  readonly path: string | undefined
  readonly tls: "disable" | { readonly rejectUnauthorized: true; readonly ca?: string }
  /** For messages. */
  readonly name: string
  /** A command that connects in the same way. */
  readonly trial: string
}

const LOOPBACK = new Set(["localhost", "127.0.0.1", "::1", "[::1]"])

/** Throws OperatorProblem for an address that cannot be used. */
export function parseAddress(text: string): DatabaseAddress {
  const url = parseUrl(text)
  const path = url.searchParams.get("host") ?? undefined
  const hostname = url.hostname === "" ? "localhost" : url.hostname
  const port = Number(url.port || "5432")
  const database = url.pathname.slice(1)
  const username = decodeURIComponent(url.username)
  const tls = tlsOf(url, { isLocal: path !== undefined || LOOPBACK.has(hostname) })
  url.searchParams.set("sslmode", tls === "disable" ? "disable" : "verify-full")
  const trial = quoteCommand(["psql", url.href.replaceAll("%2F", "/")])
  return { hostname, port, database, username, path, tls, name: `${hostname}:${port}/${database}`, trial }
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

function tlsOf(url: URL, { isLocal }: { isLocal: boolean }): DatabaseAddress["tls"] {
  const root = url.searchParams.get("sslrootcert")
  // A socket or a loopback address is this machine, unless the operator asks for TLS there, too.
  if (isLocal && root === null && !url.searchParams.has("sslmode")) return "disable"
  return { rejectUnauthorized: true, ...(root === null ? {} : { ca: readAuthority(root) }) }
}

/** Read once: Bun would find a file that is not there, or not a certificate, only with the first statement. */
function readAuthority(path: string): string {
  const wrong = (why: string, cause?: unknown) =>
    new OperatorProblem(`The shared ledger's sslrootcert=${path} ${why}`, {
      hint: "name a file by its full path that has the certificate of the database's authority, as PEM",
      cause,
    })
  // Every process of a run reads it, and each has a working folder of its own.
  if (!isAbsolute(path)) throw wrong("is not a full path")
  let text: string
  try {
    text = readFileSync(path, "utf8")
  } catch (error) {
    throw wrong(`cannot be read (${(error as NodeJS.ErrnoException).code})`, error)
  }
  try {
    new X509Certificate(text)
  } catch (error) {
    throw wrong("has no certificate", error)
  }
  return text
}
