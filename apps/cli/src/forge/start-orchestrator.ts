// Starts the orchestrator as a process of its own, told its configuration on stdin: `orchestrate serve`, and a
// `worker` that keeps issues.

import { hostProgram, type OrchestratorConfig, SEALED_FOLDER } from "@bot-bottle/contracts"
import { encodeOrchestratorConfig } from "@bot-bottle/contracts/messages/forge/orchestrator-config"
import { loadForgeRoots } from "@bot-bottle/control"
import { ensureHostRoot } from "@bot-bottle/manifest"
import type { Host } from "../host.ts"
import {
  type ForgeFlags,
  readApi,
  readOrg,
  readRepositories,
  readToken,
  readWatchdogTimeoutMs,
} from "./forge-settings.ts"

export interface Orchestrator {
  readonly exited: Promise<number>
  /** It leaves; its runs stay. */
  stop(): void
}

export interface OrchestratorOptions extends Pick<OrchestratorConfig, "webhooks" | "maxRuns"> {
  /** Has it leave, whatever it waits for. A terminal sends its signals to both; one sent to us alone is passed on. */
  readonly signal: AbortSignal
}

const RECONCILE_MS = 5 * 60_000

export async function startOrchestrator(
  host: Host,
  flags: ForgeFlags,
  { webhooks, maxRuns, signal }: OrchestratorOptions,
): Promise<Orchestrator> {
  const { env } = host
  ensureHostRoot(env.root)
  const config = encodeOrchestratorConfig({
    root: env.root,
    path: env.path,
    operator: env.operator,
    api: readApi(env, flags),
    token: readToken(env),
    roots: await loadForgeRoots(host),
    org: readOrg(env, flags),
    repositories: readRepositories(env, flags),
    webhooks,
    maxRuns,
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
  const stop = () => child.kill("SIGTERM")
  signal.addEventListener("abort", stop)
  if (signal.aborted) stop()
  try {
    await child.stdin.write(config)
    await child.stdin.flush()
  } catch {
    // It has ended already, and `exited` says how.
  }
  return { exited: child.exited, stop }
}
