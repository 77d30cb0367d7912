// `start`: from what the operator asked to a running agent and its exit code.

import { claimFreeLabel, claimLabel, createBwrapBackend, identifyProcess } from "@bot-bottle/bottle"
import { OperatorProblem, type ProcessIdentity } from "@bot-bottle/contracts"
import type { Ledger } from "@bot-bottle/ledger"
import { loadSettings, openManifestLibrary } from "@bot-bottle/manifest"
import type { Host } from "../host.ts"
import { openHostLedger } from "../host-ledger.ts"
import { type Chosen, chooseHeadless } from "../launch/choose-headless.ts"
import { checkBudgetsLeft, type LaunchBudgets, loadLaunchBudgets } from "../launch/launch-budgets.ts"
import { describeLimitReports } from "../launch/limit-words.ts"
import { describePreflight, formatPreflight } from "../launch/preflight.ts"
import { findRepoFolder } from "../launch/repo-folder.ts"
import { type ResolvedLaunch, resolveLaunch } from "../launch/resolve-launch.ts"
import type { RunName } from "../launch/run-name.ts"
import { runSession } from "../launch/session.ts"
import { describeEnd, describeReport } from "../launch/session-words.ts"
import { checkStartFlags, HEADLESS_FORM, type StartFlags } from "../launch/start-flags.ts"
import { ensureToolchain } from "../launch/toolchain.ts"

export async function runStart(host: Host, flags: StartFlags): Promise<number> {
  checkStartFlags(flags)
  const dryRun = flags.dryRun === true || host.env.dryRun
  if (flags.headless === true) return startHeadless(host, flags, { dryRun })
  if (host.screen.isInteractive) return startInteractive(host, flags, { dryRun })
  if (dryRun) return startHeadless(host, flags, { dryRun })
  throw new OperatorProblem("start asks questions, and this is no terminal", {
    exitCode: 2,
    hint: `without one: ${HEADLESS_FORM}`,
  })
}

async function startHeadless(host: Host, flags: StartFlags, { dryRun }: { dryRun: boolean }): Promise<number> {
  const chosen = chooseHeadless(openLibrary(host), flags)
  const launch = await resolve(host, flags, chosen, undefined)
  using ledger = await openHostLedger(host)
  const governing = await loadLaunchBudgets(ledger, launch.budgetsFor(""), launch.meters)
  if (dryRun) for (const line of preflight(host, launch, chosen, governing)) host.screen.print(line)
  checkBudgetsLeft(governing)
  if (dryRun) return saidDryRun(host)

  const launcher = loadOwnIdentity()
  const label = claimFreeLabel({ root: host.env.root, label: chosen.name.label, launcher })
  if (label !== chosen.name.label)
    host.screen.note(`bot-bottle: label '${chosen.name.label}' is taken; this run is '${label}'`)
  // Awaited here: the ledger closes when this function returns.
  return await runLaunch(host, ledger, launch, { ...chosen.name, label }, launcher, "inherit")
}

async function startInteractive(host: Host, flags: StartFlags, { dryRun }: { dryRun: boolean }): Promise<number> {
  const { askChoices, askSecret, confirmLaunch, OperatorLeft, sayNothingLaunched } = await import(
    "../launch/ask-operator.ts"
  )
  const launcher = loadOwnIdentity()
  const takes = (label: string) => claimLabel({ root: host.env.root, label, launcher }) === "claimed"
  try {
    const chosen = await askChoices(host, openLibrary(host), flags, takes)
    const launch = await resolve(host, flags, chosen, askSecret)
    using ledger = await openHostLedger(host)
    const governing = await loadLaunchBudgets(ledger, launch.budgetsFor(""), launch.meters)
    const lines = preflight(host, launch, chosen, governing)
    if (dryRun) {
      for (const line of lines) host.screen.print(line)
      return saidDryRun(host)
    }
    checkBudgetsLeft(governing)
    await confirmLaunch(lines)
    return await runLaunch(host, ledger, launch, chosen.name, launcher, "terminal")
  } catch (error) {
    if (!(error instanceof OperatorLeft)) throw error
    sayNothingLaunched()
    return 0
  }
}

async function runLaunch(
  host: Host,
  ledger: Ledger,
  launch: ResolvedLaunch,
  name: RunName,
  launcher: ProcessIdentity,
  stdio: "inherit" | "terminal",
): Promise<number> {
  const { env, screen } = host
  const say = (line: string) => screen.note(`bot-bottle: ${line}`)
  let slug = ""
  let state = ""
  // A full-screen agent owns the terminal; what happened is said once it is over.
  const later: string[] = []
  const end = await runSession({
    env,
    ledger,
    launch,
    name,
    launcher,
    toolchainFolder: await ensureToolchain(host, launch.provider),
    stdio: { kind: stdio },
    onStarted: (session) => {
      slug = session.slug
      state = session.folders.state
      if (stdio === "inherit") say(`run ${slug} started`)
    },
    onReport: (report) => {
      const line = describeReport(report, slug)
      if (line !== undefined) stdio === "terminal" ? later.push(line) : say(line)
    },
    onProxyStderr: (line) => (stdio === "terminal" ? later.push(`proxy: ${line}`) : say(`proxy: ${line}`)),
  })
  for (const line of [...later, ...describeEnd(end, state)]) say(line)
  return end.exitCode
}

function openLibrary({ env, screen }: Host) {
  const library = openManifestLibrary({ root: env.root, repoFolder: findRepoFolder(env.cwd) })
  for (const warning of library.warnings) screen.note(`bot-bottle: warning: ${warning}`)
  return library
}

function resolve(
  { env }: Host,
  flags: StartFlags,
  chosen: Chosen,
  ask: ((prompt: string) => Promise<string>) | undefined,
): Promise<ResolvedLaunch> {
  const choice = {
    ...chosen,
    settings: loadSettings(env.root),
    budget: flags.budget,
    shutdown: flags.shutdown,
    backend: flags.backend,
    agentArguments: flags.agentArguments,
    workspace: flags.cwd === true ? ("copy" as const) : ("empty" as const),
  }
  return resolveLaunch(choice, { find: env.find, ask })
}

function preflight({ env }: Host, launch: ResolvedLaunch, chosen: Chosen, governing: LaunchBudgets): readonly string[] {
  const { limits } = launch.bottle
  return formatPreflight(
    describePreflight({
      launch,
      label: chosen.name.label,
      governing,
      limits: describeLimitReports(limits, createBwrapBackend().describeLimits(limits)),
      cwd: env.cwd,
    }),
  )
}

function saidDryRun({ screen }: Host): number {
  screen.note("bot-bottle: dry run, nothing launched")
  return 0
}

function loadOwnIdentity(): ProcessIdentity {
  const identity = identifyProcess(process.pid)
  if (identity === undefined)
    throw new OperatorProblem("this process is not in /proc", { hint: "mount /proc", exitCode: 3 })
  return identity
}
