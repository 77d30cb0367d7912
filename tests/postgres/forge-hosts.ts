// Several hosts that serve one repository together: one stand-in forge, one database, a root and an orchestrator of
// its own for each.

import { type Cluster, type Program, runProgram, waitFor } from "@bot-bottle/testkit"
import type { CliHost } from "../e2e/cli/cli-host.ts"
import { type ForgeHost, type ForgeHostOptions, HOOK_SECRET, openForgeHost } from "../e2e/forge/forge-host.ts"

export interface ForgeHosts extends AsyncDisposable {
  readonly all: readonly ForgeHost[]
  readonly database: string
  query(statement: string): Promise<string>
  /** The record of an issue; undefined without one. */
  state(number: number): Promise<Readonly<Record<string, unknown>> | undefined>
  /** Bodies of comments with a provenance footer. */
  summaries(number: number): readonly string[]
  /** Runs of all hosts, by host. */
  runs(): Promise<readonly number[]>
  /** Makes it look as if the host had been silent for a while. */
  forget(host: ForgeHost): Promise<void>
}

export async function openForgeHosts(
  cluster: Cluster,
  script: string,
  hosts: readonly (ForgeHostOptions | ((first: ForgeHost) => ForgeHostOptions))[],
): Promise<ForgeHosts> {
  const url = await cluster.createDatabase()
  const database = url.split("/").at(-1) ?? ""
  const all: ForgeHost[] = []
  for (const given of hosts) {
    const [first] = all
    const options = typeof given === "function" ? (first === undefined ? {} : given(first)) : given
    all.push(
      await openForgeHost(script, {
        ...options,
        ...(first === undefined ? {} : { shares: first }),
        env: { BOT_BOTTLE_LEDGER: url, ...options.env },
      }),
    )
  }
  const query = (statement: string) => cluster.psql(database, statement)
  return {
    all,
    database,
    query,
    async state(number) {
      const text = await query(`SELECT record FROM forge_issue WHERE number = ${number} AND record IS NOT NULL`)
      return text === "" ? undefined : JSON.parse(text)
    },
    summaries(number) {
      const comments = all[0]?.gitea.world.issues.get(number)?.comments ?? []
      return comments.map(({ body }) => body).filter((body) => body.includes("Run provenance"))
    },
    runs: () => Promise.all(all.map(async ({ ledger }) => (await ledger.listRuns({ all: true })).length)),
    async forget({ ledger }) {
      await query(`UPDATE forge_server SET seen_at = seen_at - interval '5 minutes' WHERE host = '${ledger.host}'`)
    },
    async [Symbol.asyncDispose]() {
      // The first one has the forge that the others use.
      for (const host of all.toReversed()) await host[Symbol.asyncDispose]()
    },
  }
}

export interface Serving extends AsyncDisposable {
  readonly program: Program
  readonly hook: { readonly url: string; readonly secret: string }
  /** The orchestrator itself, which has no time to say anything. */
  kill(): Promise<void>
  /** Stops it, or lets it run again. */
  signal(name: "STOP" | "CONT"): Promise<void>
}

export async function serve(
  { cli }: { readonly cli: Pick<CliHost, "start"> },
  ...flags: readonly string[]
): Promise<Serving> {
  const program = cli.start(
    ...["orchestrate", "serve", "--listen", "127.0.0.1:0", "--watchdog-timeout", "60s", ...flags],
  )
  const [, url = ""] = await program.untilStdout(/listening on (http:\S+),/)
  const send = (name: string) => runProgram(["pkill", `-${name}`, "-P", `${program.pid}`])
  return {
    program,
    hook: { url, secret: HOOK_SECRET },
    async kill() {
      await send("KILL")
      await program.result
    },
    async signal(name) {
      await send(name)
    },
    async [Symbol.asyncDispose]() {
      program.kill()
      await program.result
    },
  }
}

export function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  { serving, deadlineMs = 45_000 }: { readonly serving: readonly Serving[]; readonly deadlineMs?: number },
) {
  const describe = () => serving.map(({ program }) => `${program.stdout}${program.stderr}`).join("\n----\n")
  return waitFor(what, probe, { deadlineMs, describe })
}
