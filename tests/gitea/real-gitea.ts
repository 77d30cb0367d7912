// A real Gitea on loopback, with the accounts of a story: built by `tools/build-gitea`, started with
// an empty database, gone with its folder.
//
// It refuses to run as root, so root starts it as a user without privileges, at a place that this
// user can enter.

import { existsSync } from "node:fs"
import { chown, mkdir } from "node:fs/promises"
import { join, resolve } from "node:path"
import {
  asUnprivileged,
  findFreePort,
  isRoot,
  openTempFolder,
  type Program,
  runProgram,
  startProgram,
  UNPRIVILEGED_ID,
  waitFor,
} from "@bot-bottle/testkit"

const BUILT = resolve(import.meta.dir, "../../.tools/gitea")

/** For the names of skipped tests. Undefined: the real Gitea is there. */
export const WHY_NO_GITEA: string | undefined = existsSync(join(BUILT, "gitea"))
  ? undefined
  : "no Gitea is built: tools/build-gitea builds it"

export const ORG = "bot-bottle"
export const BOT_SCOPES = "write:issue,write:repository,read:organization,read:user"

export interface RealGitea extends AsyncDisposable {
  readonly origin: string
  /** With `/api/v1`. */
  readonly api: string
  /** An administrator's. */
  readonly adminToken: string
  /** A new token of an account. */
  createToken(user: string, scopes: string): Promise<string>
  /** As an administrator unless another token is given. Throws for a status that is not 2xx. */
  call(method: string, path: string, body?: object, token?: string): Promise<unknown>
  /** The same, whatever the status. */
  ask(method: string, path: string, body?: object, token?: string): Promise<{ status: number; body: unknown }>
  stop(): Promise<void>
  /** On the same port, with the same data. */
  start(): Promise<void>
  /** Of app.ini, from its next start on. `""`: Gitea's own default. */
  allowWebhookHosts(list: string): Promise<void>
  /** The last lines of its log. */
  readLog(): Promise<string>
}

export async function openRealGitea(): Promise<RealGitea> {
  await using opened = new AsyncDisposableStack()
  const folder = opened.use(await openTempFolder({ owner: "unprivileged" }))
  const work = join(folder.path, "gitea")
  await mkdir(work)
  const port = findFreePort()
  const origin = `http://127.0.0.1:${port}`
  const settings = join(work, "app.ini")
  await Bun.write(settings, settingsText(work, port))
  if (isRoot()) for (const path of [work, settings]) await chown(path, UNPRIVILEGED_ID, UNPRIVILEGED_ID)
  const env = { HOME: work, USER: "nobody", GITEA_WORK_DIR: work, PATH: "/usr/local/sbin:/usr/local/bin:/usr/bin:/bin" }
  const argv = (...words: readonly string[]) => gitea([...words, "--config", settings])
  const admin = async (...words: readonly string[]) => {
    const run = await runProgram(argv("admin", "user", ...words), { cwd: work, env })
    if (run.exitCode !== 0) throw new Error(`gitea admin user ${words[0]}: ${run.stdout}${run.stderr}`)
    return run.stdout.trim().split("\n").at(-1) ?? ""
  }
  const migrated = await runProgram(argv("migrate"), { cwd: work, env })
  if (migrated.exitCode !== 0) throw new Error(`gitea migrate: ${migrated.stdout}${migrated.stderr}`)

  let server: Program | undefined
  const start = async () => {
    server = startProgram(argv("web"), { cwd: work, env })
    await waitFor(
      "Gitea to answer",
      () =>
        fetch(`${origin}/api/healthz`).then(
          ({ ok }) => ok,
          () => false,
        ),
      {
        deadlineMs: 30_000,
        describe: () => `${server?.stdout}${server?.stderr}`,
      },
    )
  }
  const stop = async () => {
    server?.kill()
    await server?.result
  }
  opened.defer(stop)
  await start()
  const password = "a-password-of-this-test"
  const account = ["--admin", "--username", "gitadmin", "--password", password, "--email", "gitadmin@example.test"]
  await admin("create", ...account, "--must-change-password=false")
  const createToken = (user: string, scopes: string) =>
    admin("generate-access-token", "--username", user, "--token-name", `t${++tokens}`, "--scopes", scopes, "--raw")
  let tokens = 0
  const adminToken = await createToken("gitadmin", "all")

  const ask: RealGitea["ask"] = async (method, path, body, token = adminToken) => {
    const headers = { authorization: `token ${token}`, "content-type": "application/json" }
    const response = await fetch(`${origin}/api/v1${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : text }
  }
  const all = opened.move()
  return {
    origin,
    api: `${origin}/api/v1`,
    adminToken,
    createToken,
    ask,
    async call(method, path, body, token) {
      const answer = await ask(method, path, body, token)
      if (answer.status > 299) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
      return answer.body
    },
    stop,
    start,
    async allowWebhookHosts(list) {
      const text = await Bun.file(settings).text()
      await Bun.write(settings, text.replace(/^(?:; )?ALLOWED_HOST_LIST = .*$/m, allowed(list)))
    },
    readLog: () => Bun.file(join(work, "log/gitea.log")).text(),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

function gitea(words: readonly string[]): readonly string[] {
  if (!isRoot()) return [join(BUILT, "gitea"), ...words]
  const seen = ["--dev-bind", "/", "/", "--tmpfs", "/mnt", "--ro-bind", BUILT, "/mnt/gitea"]
  return [
    "bwrap",
    ...seen,
    "--unshare-pid",
    "--proc",
    "/proc",
    "--die-with-parent",
    "--",
    ...asUnprivileged(["/mnt/gitea/gitea", ...words]),
  ]
}

function allowed(list: string): string {
  return list === "" ? "; ALLOWED_HOST_LIST = unset" : `ALLOWED_HOST_LIST = ${list}`
}

function settingsText(work: string, port: number): string {
  const fixed = isRoot() ? "/mnt/gitea/static" : join(BUILT, "static")
  return `RUN_USER = ${isRoot() ? "nobody" : Bun.env["USER"]}
RUN_MODE = prod
WORK_PATH = ${work}

[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = ${port}
ROOT_URL = http://127.0.0.1:${port}/
STATIC_ROOT_PATH = ${fixed}
DISABLE_SSH = true
OFFLINE_MODE = true
LFS_START_SERVER = false

[database]
DB_TYPE = sqlite3
PATH = ${work}/gitea.db

[repository]
ROOT = ${work}/repositories
DEFAULT_BRANCH = main

[security]
INSTALL_LOCK = true
SECRET_KEY = ${"0123456789".repeat(4)}

[service]
DISABLE_REGISTRATION = true

[webhook]
${allowed("loopback")}

[log]
MODE = file
LEVEL = Info
ROOT_PATH = ${work}/log

[actions]
ENABLED = false

[cron]
ENABLED = false

[indexer]
ISSUE_INDEXER_TYPE = db
`
}
