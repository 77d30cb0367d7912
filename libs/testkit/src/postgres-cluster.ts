// A PostgreSQL server of the tests' own: a cluster in a temporary folder, listening on loopback,
// run by a user without privileges. Nothing of the system's service is used.

import { appendFileSync, chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { findFreePort } from "./free-port.ts"
import { asUnprivileged, UNPRIVILEGED_ID } from "./unprivileged.ts"

export interface Cluster extends AsyncDisposable {
  readonly port: number
  readonly folder: string
  /** A fresh database; the address of a shared ledger in it. */
  createDatabase(): Promise<string>
  /** Kills every process of the server, as a power cut would, and starts it again. */
  crash(): Promise<void>
  stop(): Promise<void>
  start(): Promise<void>
  psql(database: string, statement: string): Promise<string>
  /** A line of pg_hba.conf: who else may connect, from where and how. */
  allow(rule: string): Promise<void>
}

const USER = "bottle"
const LOG_SHOWN = 2_000

export async function startCluster(settings: Readonly<Record<string, string>> = {}): Promise<Cluster> {
  const bin = findServer()
  const folder = mkdtempSync(join(tmpdir(), "bot-bottle-pg-"))
  const isRoot = process.getuid?.() === 0
  if (isRoot) chownSync(folder, UNPRIVILEGED_ID, UNPRIVILEGED_ID)
  const data = join(folder, "data")
  const as = (argv: readonly string[]) => (isRoot ? asUnprivileged(argv) : argv)
  const port = findFreePort()
  const options = {
    port: String(port),
    listen_addresses: "127.0.0.1",
    unix_socket_directories: folder,
    fsync: "off",
    max_connections: "200",
    ...settings,
  }
  const flags = Object.entries(options)
    .map(([name, value]) => `-c ${name}='${value}'`)
    .join(" ")
  await run(as([join(bin, "initdb"), "-D", data, "-U", USER, "-A", "trust", "--no-sync", "-E", "UTF8"]))
  const log = join(folder, "log")
  const control = (...words: readonly string[]) =>
    run(as([join(bin, "pg_ctl"), "-D", data, "-l", log, "-w", ...words])).catch((error: Error) => {
      throw new Error(`${error.message}${endOfLog(log)}`, { cause: error })
    })
  const start = () => control("-o", flags, "start")
  const psql = (database: string, statement: string) =>
    run(["psql", "-h", "127.0.0.1", "-p", String(port), "-U", USER, "-d", database, "-Atqc", statement])
  await start()
  let databases = 0

  return {
    port,
    folder,
    async createDatabase() {
      const name = `ledger_${++databases}`
      await psql("postgres", `CREATE DATABASE ${name}`)
      return `postgres://${USER}@127.0.0.1:${port}/${name}`
    },
    async crash() {
      await control("-m", "immediate", "stop")
      await start()
    },
    stop: async () => void (await control("-m", "immediate", "stop")),
    start: async () => void (await start()),
    psql,
    async allow(rule) {
      appendFileSync(join(data, "pg_hba.conf"), `${rule}\n`)
      await control("reload")
    },
    async [Symbol.asyncDispose]() {
      await control("-m", "immediate", "stop").catch(() => undefined)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Debian keeps servers apart from PATH, one folder a version. */
function findServer(): string {
  const root = "/usr/lib/postgresql"
  const versions = existsSync(root) ? readdirSync(root).toSorted((a, b) => Number(b) - Number(a)) : []
  const folder = versions.map((version) => join(root, version, "bin")).find((bin) => existsSync(join(bin, "initdb")))
  if (folder === undefined) throw new Error("PostgreSQL's server is not installed: apt-get install postgresql")
  return folder
}

/** pg_ctl itself says nothing of the reason. */
function endOfLog(log: string): string {
  return existsSync(log) ? readFileSync(log, "utf8").slice(-LOG_SHOWN) : ""
}

async function run(argv: readonly string[]): Promise<string> {
  // The server outlives pg_ctl and would keep a pipe open: only what ends at once is read.
  const isControl = argv.some((word) => word.endsWith("/pg_ctl"))
  const child = Bun.spawn([...argv], {
    cwd: "/",
    stdin: "ignore",
    stdout: isControl ? "ignore" : "pipe",
    stderr: isControl ? "ignore" : "pipe",
  })
  const [output, problem] = isControl
    ? ["", ""]
    : await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  if ((await child.exited) !== 0) throw new Error(`${argv.join(" ")} failed: ${problem}`)
  return output.trim()
}
