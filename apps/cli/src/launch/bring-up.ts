// Brings one resolved launch up: state folder, ledger row, proxy and bottle, side by side
// where nothing depends on the order. What fails halfway is taken down again.
//
//   INV-45  The run is in the ledger before its proxy has a socket, and the proxy is attached
//           before the agent can send anything that it would have to settle.

import { rmSync } from "node:fs"
import {
  type Bottle,
  type BottleStdio,
  copyWorkspace,
  createBwrapBackend,
  createRunFolders,
  findGuestRuntime,
  identifyProcess,
  planBottle,
  type RunFolders,
  writeRunMetadata,
} from "@bot-bottle/bottle"
import type { ProcessIdentity, ProxyConfig, RunBudgets, Slug } from "@bot-bottle/contracts"
import type { Ledger } from "@bot-bottle/ledger"
import type { Env } from "../env.ts"
import { ledgerPath } from "../host-ledger.ts"
import { writeLaunchRecord } from "../runs/launch-record.ts"
import { formatTime } from "../terminal/figures.ts"
import { composeGuest, writeGuestFiles } from "./guest.ts"
import { hashManifests, hashPolicy } from "./launch-hashes.ts"
import type { ProxyProcess } from "./proxy-process.ts"
import type { ResolvedLaunch } from "./resolve-launch.ts"
import type { RunName } from "./run-name.ts"
import { readSystemRoots, readUpstreamCa } from "./system-roots.ts"

export interface BringUp {
  readonly env: Env
  readonly ledger: Ledger
  readonly launch: ResolvedLaunch
  /** Its label is claimed already. */
  readonly name: RunName
  readonly launcher: ProcessIdentity
  /** Host folder of the provider's toolchain, installed. */
  readonly toolchainFolder: string | undefined
  readonly stdio: BottleStdio
  /** Not configured yet. Spawned as early as possible: its start is the longest step. */
  readonly proxy: ProxyProcess
}

export interface Session {
  readonly slug: Slug
  readonly folders: RunFolders
  readonly bottle: Bottle
}

export async function bringUp(request: BringUp): Promise<Session> {
  const { env, ledger, launch, name, proxy } = request
  const upstreamCa = launch.settings.upstreamCa === undefined ? undefined : readUpstreamCa(launch.settings.upstreamCa)
  const { slug, folders } = createRunFolders({ root: env.root, label: name.label, newSuffix })
  const budgets = launch.budgetsFor(slug)
  // At once: whatever is in the bottle waits for a socket that opens only after the proxy is told.
  const starting = startBottle(request, slug, folders)
  // Awaited below; a failure before that is nothing unhandled.
  starting.catch(() => {})
  let recorded = false
  try {
    await recordRun(request, slug, folders, budgets)
    recorded = true
    const identity = identifyProcess(proxy.pid)
    if (identity !== undefined) await ledger.attachProxy(slug, identity)
    proxy.configure(proxyConfig(request, slug, folders, budgets, upstreamCa))

    const bottle = await starting
    writeLaunchRecord(env.root, slug, { budgets, bottle: bottle.process })
    return { slug, folders, bottle }
  } catch (error) {
    await Promise.all([proxy.kill(), endBottle(starting)])
    if (recorded) {
      await ledger.updateRun(slug, { status: "ended", endedAtMs: Date.now(), endReason: "launch-failed" })
    }
    rmSync(folders.state, { recursive: true, force: true })
    throw error
  }
}

async function endBottle(starting: Promise<Bottle>): Promise<void> {
  const [outcome] = await Promise.allSettled([starting])
  if (outcome?.status === "fulfilled") await outcome.value.kill()
}

async function recordRun(
  { env, ledger, launch, name, launcher }: BringUp,
  slug: Slug,
  folders: RunFolders,
  budgets: RunBudgets,
): Promise<void> {
  const { agent, bottle, bottles, provider, meters, backendName, policy } = launch
  const startedAtMs = Date.now()
  writeLaunchRecord(env.root, slug, { budgets })
  writeRunMetadata(folders.state, {
    agent: agent.name,
    bottles,
    ancestors: bottle.ancestors,
    ...(launch.workspace === "copy" ? { cwd: env.cwd } : {}),
    mode: launch.prompt === undefined ? "interactive" : "headless",
    provider: provider.name,
    backend: backendName,
    ...name,
    startedAt: formatTime(startedAtMs),
    ...(provider.toolchain === undefined ? {} : { toolchainVersion: provider.toolchain.version }),
    policyHash: hashPolicy(launch.routes),
    manifestHash: hashManifests(agent, bottle),
  })
  await ledger.createRun({
    slug,
    ...name,
    agent: agent.name,
    bottles,
    ancestors: bottle.ancestors,
    provider: provider.name,
    meters,
    backend: backendName,
    policy,
    status: "running",
    startedAtMs,
    launcher,
  })
}

async function startBottle(
  { env, launch, toolchainFolder, stdio }: BringUp,
  slug: Slug,
  folders: RunFolders,
): Promise<Bottle> {
  const guest = composeGuest(launch, stdio.kind === "terminal" ? env.find : undefined)
  writeGuestFiles(folders.home, guest.files)
  if (launch.workspace === "copy") {
    await copyWorkspace({ source: env.cwd, target: folders.workspace, root: env.root })
  }
  const plan = planBottle({
    slug,
    folders,
    runtime: findGuestRuntime(),
    ...(toolchainFolder === undefined ? {} : { toolchainFolder }),
    argv: guest.argv,
    env: guest.env,
    limits: launch.bottle.limits,
  })
  return createBwrapBackend().launch(plan, stdio)
}

function proxyConfig(
  { env, launch }: BringUp,
  slug: Slug,
  folders: RunFolders,
  budgets: RunBudgets,
  upstreamCa: string | undefined,
): ProxyConfig {
  return {
    slug,
    ledgerPath: ledgerPath(env.root),
    doorFolder: folders.door,
    egressFolder: folders.egress,
    routes: launch.routes,
    resolve: launch.settings.resolve,
    ...(upstreamCa === undefined ? {} : { upstreamCa }),
    systemRoots: readSystemRoots(),
    budgets,
    logLevel: launch.bottle.logLevel,
  }
}

function newSuffix(): string {
  return [...crypto.getRandomValues(new Uint32Array(5))].map((value) => (value % 36).toString(36)).join("")
}
