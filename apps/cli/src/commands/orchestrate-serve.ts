// `orchestrate serve`: the orchestrator as a process of its own, told its configuration on stdin.

import { hostProgram, OperatorProblem, SEALED_FOLDER } from "@bot-bottle/contracts"
import { encodeOrchestratorConfig } from "@bot-bottle/contracts/messages/orchestrator-config"
import { loadForgeRoots } from "@bot-bottle/control"
import { ensureHostRoot } from "@bot-bottle/manifest"
import {
  type ForgeFlags,
  readApi,
  readOrg,
  readRepositories,
  readToken,
  readWatchdogTimeoutMs,
  readWebhookSecret,
} from "../forge/forge-settings.ts"
import type { Host } from "../host.ts"

export interface OrchestrateServeFlags extends ForgeFlags {
  readonly listen: string
  readonly maxRuns: string
}

const RECONCILE_MS = 5 * 60_000

export async function runOrchestrateServe(host: Host, flags: OrchestrateServeFlags): Promise<number> {
  const { env } = host
  ensureHostRoot(env.root)
  const config = encodeOrchestratorConfig({
    root: env.root,
    path: env.path,
    operator: env.operator,
    api: readApi(env, flags),
    token: readToken(env),
    roots: await loadForgeRoots(host),
    webhookSecret: readWebhookSecret(env),
    org: readOrg(env, flags),
    repositories: readRepositories(env, flags),
    ...readListen(flags.listen),
    maxRuns: readMaxRuns(flags.maxRuns),
    watchdogTimeoutMs: readWatchdogTimeoutMs(env, flags),
    reconcileMs: RECONCILE_MS,
    command: hostProgram(process.execPath, "bot-bottle", `--from=${SEALED_FOLDER}`),
  })
  const child = Bun.spawn([...hostProgram(process.execPath, "orchestrator")], {
    cwd: SEALED_FOLDER,
    // It stays open: its end tells the orchestrator that this process is gone.
    stdin: "pipe",
    stdout: "inherit",
    stderr: "inherit",
  })
  await child.stdin.write(config)
  await child.stdin.flush()
  // A terminal sends its signals to both; one sent to us alone is passed on.
  const passOn = () => child.kill("SIGTERM")
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, passOn)
  return await child.exited
}

function readListen(text: string): { readonly hostname: string; readonly port: number } {
  const [, bracketed, name, port = ""] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? []
  const hostname = bracketed ?? name
  if (hostname !== undefined && Number(port) <= 65_535) return { hostname, port: Number(port) }
  throw new OperatorProblem(`invalid --listen '${text}'`, { exitCode: 2, hint: "give host:port: 127.0.0.1:8480" })
}

function readMaxRuns(text: string): number {
  if (/^(?:0|[1-9]\d{0,2})$/.test(text)) return Number(text)
  throw new OperatorProblem(`invalid --max-runs '${text}'`, { exitCode: 2, hint: "give a number from 0 to 999" })
}
