// Brings one resolved launch up, of a new run or a resumed one: state folder, ledger row, proxy and
// bottle, side by side where nothing depends on the order. A launch that fails halfway is taken
// down again.
//
//   INV-45  The run is in the ledger before its proxy has a socket, and the proxy is attached
//           before the agent can send anything that it would have to settle.

import { randomUUID } from "node:crypto"
import {
  agentTerminalOf,
  type Bottle,
  guestWorkspaceOf,
  openBackend,
  planBottle,
  shownSearchPath,
} from "@bot-bottle/bottle"
import type { ProxyConfig, RunBudgets, RunFolders, Slug } from "@bot-bottle/contracts"
import { findGuestRuntime } from "@bot-bottle/guest"
import { identifyProcess } from "@bot-bottle/kernel"
import { hasHomeFile, writeHomeFiles } from "@bot-bottle/run-state"
import type { OpenBind, SkippedEntry } from "@bot-bottle/workspace"
import type { ControlEvent } from "../events.ts"
import { composeSidecar } from "../forge/compose-sidecar.ts"
import { writeLaunchFacts } from "../forge/write-launch-facts.ts"
import { ledgerPath } from "../ledger-path.ts"
import { runPolicy } from "../resolve/run-policy.ts"
import { readForgeRoots, readSystemRoots, readUpstreamCa } from "../resolve/system-roots.ts"
import { refuseFenced } from "../session/stop-request.ts"
import { findSharedLedger } from "../shared-ledger.ts"
import { writeGuestCommand } from "./ask-guest.ts"
import { openLaunchBind } from "./bind-workspace.ts"
import { checkIsolation, SELF_TEST } from "./check-isolation.ts"
import { composeGuest } from "./guest.ts"
import { readGuestGit } from "./guest-git.ts"
import { launchRecord } from "./launch-metadata.ts"
import { writeLaunchRecord } from "./launch-record.ts"
import type { BringUp, LaunchSite, Session } from "./launch-site.ts"
import { openNewRun } from "./new-run.ts"
import { takeOverRun } from "./resumed-run.ts"
import { type RunServices, startRunServices } from "./run-services.ts"

export async function bringUp(request: BringUp): Promise<Session> {
  const { env, ledger, launch, proxy, resumes, signal } = request
  const upstreamCa = readUpstreamCa(launch.settings)
  const guestGit = readGuestGit(env)
  // Awaited below. The no-op catch prevents an unhandled rejection until then.
  guestGit.catch(() => {})
  const site = resumes === undefined ? openNewRun(request) : await takeOverRun(request, resumes)
  const { slug, folders } = site
  const budgets = launch.budgetsFor(slug)
  let starting: Promise<Started> | undefined
  let bind: OpenBind | undefined
  const composed = composeSidecar(launch, request.forge, {
    slug,
    folders,
    ledgerPath: ledgerPath(env.root),
    sharedLedger: findSharedLedger(env),
    launchId: request.forge?.launchId ?? randomUUID(),
    path: env.path,
    roots: readForgeRoots(launch.settings),
  })
  let services: RunServices | undefined
  try {
    // Before the run is in the ledger: a run that is there has its files.
    const filled = await site.fillWorkspace()
    bind = await openLaunchBind(request, slug)
    services = startRunServices(request, { slug, folders, sidecar: composed })
    if (request.forge !== undefined) writeGuestCommand(folders, "forge")
    if (launch.bottle.supervise) writeGuestCommand(folders, "ask")
    // The proxy listens only after it has its configuration, so nothing in the bottle can connect
    // earlier.
    starting = startBottle(request, site, bind)
    // Awaited below. The no-op catch prevents an unhandled rejection until then.
    starting.catch(() => {})
    await site.record(budgets)
    const identity = identifyProcess(proxy.pid)
    if (identity !== undefined) await ledger.attachProxy(slug, identity)
    // The agent begins when the proxy answers, and its first turn needs the tools of its services.
    const started = await services.started
    if (request.forge !== undefined) writeLaunchFacts({ root: env.root, slug }, launch, request.forge, Date.now())
    // The bottle shows the files by now. Its agent, which reads them, begins when the proxy answers.
    const writeGuestGit = await guestGit
    writeGuestGit(folders)
    // The last moment before the agent begins. A worker that has lost its job's lease must not begin it: a
    // database that is gone has held up the steps before for as long as a lease.
    refuseFenced(signal)
    request.lease?.follow(folders.egress)
    proxy.configure({
      ...proxyConfig(request, slug, folders, budgets, upstreamCa),
      internal: services.internal,
    })

    const { bottle, remarks } = await starting
    writeLaunchRecord(env.root, slug, { ...launchRecord(request, budgets), bottle: bottle.process })
    const selfTest = await checkIsolation(bottle, proxy.exited)
    return {
      slug,
      folders,
      bottle,
      remarks: [...describeLeftOut(request), ...describeFilled(filled), ...describeHidden(bind), ...remarks],
      bind,
      services: started,
      selfTest,
    }
  } catch (error) {
    await Promise.all([proxy.kill(), endBottle(starting), services?.kill()])
    await bind?.close()
    await site.undo()
    throw error
  }
}

interface Started {
  readonly bottle: Bottle
  readonly remarks: readonly ControlEvent[]
}

async function endBottle(starting: Promise<Started> | undefined): Promise<void> {
  const [outcome] = await Promise.allSettled([starting])
  if (outcome?.status === "fulfilled") await outcome.value?.bottle.kill()
}

async function startBottle(
  request: BringUp,
  { slug, folders, setAside }: LaunchSite,
  bind: OpenBind | undefined,
): Promise<Started> {
  const { env, launch, name, toolchainFolder, image, resumes } = request
  const stdio = request.stdio(folders)
  const { conversation } = launch.provider
  const hasConversation = conversation === undefined || hasHomeFile(folders.home, conversation)
  const continues = resumes !== undefined && hasConversation
  const terminal = agentTerminalOf(stdio) === undefined ? undefined : env.find
  const guest = composeGuest(launch, {
    name,
    terminal,
    continues,
    workspace: guestWorkspaceOf(bind?.plan.folder ?? launch.guestPath),
    slug,
    forge: request.forge,
  })
  const moved = [...setAside, ...writeHomeFiles(folders.home, guest.files)]
  const plan = planBottle({
    slug,
    folders,
    runtime: findGuestRuntime(),
    // An image has its own.
    searchPath: launch.backendName === "bwrap" ? shownSearchPath(env.path) : [],
    ...(toolchainFolder === undefined ? {} : { toolchainFolder }),
    argv: guest.argv,
    env: guest.env,
    limits: launch.bottle.limits,
    ...(bind === undefined ? {} : { bind: { ...bind.plan, hidden: bind.hidden } }),
    ...(launch.guestPath === undefined ? {} : { workspacePath: launch.guestPath }),
    ...(image === undefined ? {} : { image }),
    selfTest: SELF_TEST,
  })
  const bottle = await (await openBackend(launch.backendName, env)).launch(plan, stdio)
  bind?.watchOver(bottle.process)
  return {
    bottle,
    remarks: [
      ...moved.map((path) => ({ kind: "set-aside", path }) as const),
      ...(resumes === undefined || hasConversation ? [] : [{ kind: "no-conversation" } as const]),
    ],
  }
}

/** The repositories of a forge come over the network. */
function describeLeftOut({ launch, forge }: BringUp): readonly ControlEvent[] {
  return launch.leavesFolderOut === true && forge === undefined ? [{ kind: "workspace-empty" }] : []
}

function describeFilled(entries: readonly SkippedEntry[]): readonly ControlEvent[] {
  return entries.length === 0 ? [] : [{ kind: "workspace-skipped", entries }]
}

function describeHidden(bind: OpenBind | undefined): readonly ControlEvent[] {
  const paths = (bind?.hidden ?? []).map(({ path }) => path)
  return paths.length === 0 ? [] : [{ kind: "workspace-hidden", paths }]
}

function proxyConfig(
  { env, launch, forge, lease }: BringUp,
  slug: Slug,
  folders: RunFolders,
  budgets: RunBudgets,
  upstreamCa: string | undefined,
): ProxyConfig {
  const shared = findSharedLedger(env)
  return {
    slug,
    ledgerPath: ledgerPath(env.root),
    ...(shared === undefined ? {} : { sharedLedger: shared }),
    guestShare: folders.guestShare,
    egressFolder: folders.egress,
    ...runPolicy(launch, budgets),
    // Its orchestrator decides what becomes of a frozen one.
    ...(forge === undefined ? {} : { onLimit: "refuse" as const }),
    ...(lease === undefined ? {} : { lease: lease.current }),
    ...(upstreamCa === undefined ? {} : { upstreamCa }),
    systemRoots: readSystemRoots(),
  }
}
