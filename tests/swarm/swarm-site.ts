// The site of the Swarm test: a database that asks for TLS and a password, and a stand-in for the provider.
// The commands of docs/fleet.md run here with this site's names in place of the example's.

import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { DEFAULT_IMAGE, GUEST } from "@bot-bottle/bottle"
import { startStandIn } from "@bot-bottle/stand-in"
import {
  makeDatabaseCertificate,
  openTempFolder,
  readJson,
  runProgram,
  type Shaped,
  startCluster,
} from "@bot-bottle/testkit"
import { programBottle, REAL_KEY } from "../e2e/cli/cli-host.ts"

const CLONE = fileURLToPath(new URL("../../", import.meta.url))
/** Of the engine's own bridge: containers reach what listens there. */
const BRIDGE = "172.17.0.1"
const PASSWORD = "of-the-database"
const BUILD_MS = 110_000

export type Site = Awaited<ReturnType<typeof openSite>>

export async function openSite() {
  const folder = await openTempFolder()
  chmodSync(folder.path, 0o755)
  const { serverSettings, authority, stranger } = makeDatabaseCertificate({
    folder: folder.path,
    name: `IP:${BRIDGE}`,
  })
  const cluster = await startCluster({ listen_addresses: `127.0.0.1,${BRIDGE}`, ...serverSettings })
  const local = await cluster.createDatabase()
  const database = local.split("/").at(-1) ?? ""
  // The operator of the tests is another role, and may be the first to come and make the tables.
  const may = "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON"
  await cluster.psql(
    database,
    `CREATE ROLE bot LOGIN PASSWORD '${PASSWORD}'; GRANT ALL ON SCHEMA public TO bot;
     ${may} TABLES TO bot; ${may} SEQUENCES TO bot`,
  )
  await cluster.allow(`hostssl ${database} bot ${BRIDGE}/16 scram-sha-256`)

  const standIn = await startStandIn({ hosts: ["api.anthropic.com"] })
  const provider = relay(BRIDGE, standIn.port)
  const home = join(folder.path, "home")
  mkdirSync(home)
  writeFileSync(join(home, ".pgpass"), `*:*:${database}:bot:${PASSWORD}\n`, { mode: 0o600 })

  const recipes = join(folder.path, "recipes")
  cpSync(join(CLONE, "docs/recipes"), recipes, { recursive: true })
  const put = (path: string, text: string) => {
    mkdirSync(join(recipes, "worker-image/home", path, ".."), { recursive: true })
    writeFileSync(join(recipes, "worker-image/home", path), text)
  }
  put("ca.pem", standIn.caPem)
  put(
    "settings.yml",
    `resolve:\n  api.anthropic.com: ${BRIDGE}:${provider.port}\nupstream_ca: /home/bot/.bot-bottle/ca.pem\n`,
  )
  put("bottles/dev.md", programBottle(["/bin/sh", "-c", AGENT]))
  put("agents/impl.md", "---\nbottle: dev\n---\nAn agent of the Swarm.\n")

  const env = { HOME: home, DOCKER_HOST: process.env["DOCKER_HOST"] ?? "", ANTHROPIC_API_KEY: REAL_KEY }
  const shell = (script: string) => runProgram(["sh", "-eu", "-c", script], { cwd: recipes, env, deadlineMs: BUILD_MS })
  const docker = async (...words: readonly string[]) => {
    const { exitCode, stdout, stderr } = await runProgram(["docker", ...words], { env })
    if (exitCode !== 0) throw new Error(`docker ${words.join(" ")}: ${stderr}`)
    return stdout.trim()
  }
  const program = join(recipes, "worker-image/bot-bottle")
  /** The operator's own host, which queues and looks. */
  const operator = (...words: readonly string[]) =>
    runProgram([program, ...words], {
      cwd: home,
      env: { HOME: home, USER: "ann", BOT_BOTTLE_HOME: join(home, "root"), BOT_BOTTLE_LEDGER: local },
    })

  return {
    authority,
    stranger,
    standIn,
    docker,
    shell,
    operator,
    /** The recipe's words, for this site. */
    localized: (text: string) =>
      text
        .replaceAll("db.example:5432/ledger", `${BRIDGE}:${cluster.port}/${database}`)
        .replaceAll(" /etc/ssl/db-ca.pem", ` ${authority}`),
    /** As `npm run build` makes it, and an image of this system in place of the hub's. */
    async build() {
      const built = await runProgram([process.execPath, "tools/pack/build-binary.ts", join(folder.path, "dist")], {
        cwd: CLONE,
        deadlineMs: BUILD_MS,
      })
      if (built.exitCode !== 0) throw new Error(built.stderr)
      cpSync(join(folder.path, "dist/bot-bottle"), program)
      const base = join(folder.path, "base")
      mkdirSync(base)
      cpSync(Bun.which("bwrap") ?? "bwrap is not installed", join(base, "bwrap"))
      writeFileSync(join(base, "Dockerfile"), `FROM ${DEFAULT_IMAGE}\nCOPY bwrap /usr/bin/bwrap\n`)
      await docker("build", "--quiet", "--tag", "debian:bookworm-slim", base)
    },
    async jobs() {
      return readJson((await operator("worker", "--jobs", "--json")).stdout, [JOB])
    },
    /** How the workers are connected to the database. */
    connections: () =>
      cluster.psql(
        database,
        `SELECT DISTINCT a.usename, s.ssl, s.version FROM pg_stat_activity a JOIN pg_stat_ssl s USING (pid)
         WHERE a.usename = 'bot'`,
      ),
    async [Symbol.asyncDispose]() {
      provider.stop(true)
      await standIn[Symbol.asyncDispose]()
      await cluster[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

const JOB = {
  id: "number",
  state: "string",
  host: "string?",
  slug: "string?",
  attempts: "number",
  exit_code: "number?",
  error: "string?",
} as const
export type Job = Shaped<typeof JOB>

/** The shell commands below a heading of docs/fleet.md. */
export function commandsBelow(heading: string): string {
  const text = readFileSync(join(CLONE, "docs/fleet.md"), "utf8")
  const [, section] = text.split(`\n### ${heading}\n`)
  const found = /\n```sh\n([\s\S]*?)\n```\n/.exec(section?.split("\n## ")[0] ?? "")?.[1]
  if (found === undefined) throw new Error(`docs/fleet.md has no commands below '${heading}'`)
  return found
}

/** Of the container in the Kubernetes recipe. */
export function podCapabilities(): { readonly drop: readonly string[]; readonly add: readonly string[] } {
  const text = readFileSync(join(CLONE, "docs/recipes/worker-job.kubernetes.yaml"), "utf8")
  const job = Bun.YAML.parse(text) as {
    spec: {
      template: { spec: { containers: [{ securityContext: { capabilities: ReturnType<typeof podCapabilities> } }] } }
    }
  }
  return job.spec.template.spec.containers[0].securityContext.capabilities
}

/** One billed request; with "long" in its prompt it then works on for a while. */
const AGENT = `
  status=$(curl -s -o /dev/null -w '%{http_code}' --proxy http://127.0.0.1:${GUEST.proxyPort} \\
    -H 'content-type: application/json' -H 'anthropic-version: 2023-06-01' -H 'x-api-key: placeholder' \\
    -d '{"model":"test-model","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}' \\
    https://api.anthropic.com/v1/messages)
  case "$0 $*" in *long*) sleep 12 ;; esac
  test "$status" = 200 && exit 7
  exit 9
`

/** The stand-in listens on loopback, where containers are not. */
function relay(hostname: string, port: number) {
  interface Pair {
    peer: Bun.Socket<Pair> | undefined
    early: Buffer[]
  }
  return Bun.listen<Pair>({
    hostname,
    port: 0,
    socket: {
      async open(client) {
        client.data = { peer: undefined, early: [] }
        client.data.peer = await Bun.connect<Pair>({
          hostname: "127.0.0.1",
          port,
          data: { peer: client, early: [] },
          socket: {
            data: (upstream, bytes) => void upstream.data.peer?.write(bytes),
            close: (upstream) => void upstream.data.peer?.end(),
          },
        })
        for (const bytes of client.data.early.splice(0)) client.data.peer.write(bytes)
      },
      data(client, bytes) {
        if (client.data.peer === undefined) client.data.early.push(Buffer.from(bytes))
        else client.data.peer.write(bytes)
      },
      close: (client) => void client.data.peer?.end(),
    },
  })
}
