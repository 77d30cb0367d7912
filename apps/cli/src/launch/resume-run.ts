// `resume`, with and without a person: every check in its order, then the run goes on.

import { operatorTerminalSize } from "@bot-bottle/bottle"
import type { Answer, ProcessIdentity, Run } from "@bot-bottle/contracts"
import type { ClaimsLedger, Ledger } from "@bot-bottle/ledger"
import type { Host } from "../host.ts"
import { openHostLedger } from "../host-ledger.ts"
import { claimLabel } from "../runs/claims.ts"
import { sayNothingLaunched } from "../terminal/pickers.ts"
import { confirmLaunch, noting, OperatorLeft } from "./ask-operator.ts"
import { spawnBackgroundLauncher } from "./background-launcher.ts"
import { type Confirmation, confirmationOf, type Place } from "./confirmation.ts"
import { checkBudgetsLeft, type LaunchBudgets, loadLaunchBudgets } from "./launch-budgets.ts"
import type { Resumable } from "./launch-site.ts"
import { loadOwnIdentity } from "./own-identity.ts"
import { prepareImage } from "./prepare-image.ts"
import {
  checkBudgetGrown,
  describeChanges,
  describeResumed,
  loadResumable,
  resolveResume,
  setResumeBudget,
} from "./prepare-resume.ts"
import { preflightLines } from "./prepare-start.ts"
import { type ProxyProcess, spawnProxy } from "./proxy-process.ts"
import type { ResolvedLaunch } from "./resolve-launch.ts"
import type { ResumeFlags } from "./resume-flags.ts"
import { runHostSession } from "./run-host-session.ts"
import { ensureToolchain } from "./toolchain.ts"

export async function resumeHeadless(
  host: Host,
  flags: ResumeFlags,
  proxy: ProxyProcess,
  place: Place = { mode: { kind: "inherit" } },
): Promise<number> {
  await using ledger = await openHostLedger(host)
  const ready = await prepare(host, ledger, flags, undefined)
  for (const change of describeChanges(ready.launch, ready.resumes))
    host.screen.note(`bot-bottle: since the run's last launch: ${change}`)
  checkBudgetsLeft(ready.governing)
  await checkBudgetGrown(ledger, ready.resumes.run, ready.governing)
  return await runHostSession(host, { ...(await goOn(host, ledger, ready)), proxy, ...place })
}

/** Exit code 0 also when the operator leaves with nothing launched. */
export async function resumeInteractive(host: Host, flags: ResumeFlags): Promise<number> {
  await using ledger = await openHostLedger(host)
  try {
    const answers: Answer[] = []
    const ready = await prepare(host, ledger, flags, noting(answers))
    checkBudgetsLeft(ready.governing)
    await checkBudgetGrown(ledger, ready.resumes.run, ready.governing)
    await confirmLaunch(await preflightOf(host, ready))
    if (flags.detach === true) {
      await ensureToolchain(host, ledger, ready.launch)
      await prepareImage(host, ready.launch)
      await using background = spawnBackgroundLauncher()
      const confirmed = confirmationOf(ready.launch)
      const terminal = operatorTerminalSize()
      return await background.launch(host, {
        command: "resume",
        cwd: host.env.cwd,
        flags,
        terminal,
        answers,
        confirmed,
      })
    }

    // A full-screen agent owns the terminal; what the proxy says waits until it is over.
    const later: string[] = []
    const onStderr = (line: string) => later.push(`bot-bottle: proxy: ${line}`)
    await using proxy = spawnProxy({ path: host.env.path, onStderr })
    const exitCode = await runHostSession(host, {
      ...(await goOn(host, ledger, ready)),
      proxy,
      mode: { kind: "terminal" },
    })
    for (const line of later) host.screen.note(line)
    return exitCode
  } catch (error) {
    if (!(error instanceof OperatorLeft)) throw error
    sayNothingLaunched()
    return 0
  }
}

/** In the background, after a person's yes in the foreground. */
export async function resumeConfirmed(
  host: Host,
  { budget: _, ...flags }: ResumeFlags,
  proxy: ProxyProcess,
  { ask, check, ...place }: Place & Confirmation,
): Promise<number> {
  await using ledger = await openHostLedger(host)
  // Its --budget has been set already.
  const ready = await prepare(host, ledger, flags, ask)
  check(ready.launch)
  checkBudgetsLeft(ready.governing)
  await checkBudgetGrown(ledger, ready.resumes.run, ready.governing)
  return await runHostSession(host, { ...(await goOn(host, ledger, ready)), proxy, ...place })
}

/** `--dry-run`: the same checks and the preflight, and nothing is launched. */
export async function showResume(host: Host, flags: ResumeFlags): Promise<number> {
  await using ledger = await openHostLedger(host)
  const { budget: _, ...rest } = flags
  const ready = await prepare(host, ledger, rest, undefined)
  for (const line of await preflightOf(host, ready)) host.screen.print(line)
  checkBudgetsLeft(ready.governing)
  await checkBudgetGrown(ledger, ready.resumes.run, ready.governing)
  host.screen.note("bot-bottle: dry run, nothing launched")
  return 0
}

interface Ready {
  readonly resumes: Resumable
  readonly launch: ResolvedLaunch
  readonly governing: LaunchBudgets
}

async function prepare(
  host: Host,
  ledger: Ledger,
  flags: ResumeFlags,
  ask: ((prompt: string) => Promise<string>) | undefined,
): Promise<Ready> {
  const resumes = await loadResumable(host, ledger, flags.slug)
  const launch = await resolveResume(host, resumes, flags, ask)
  if (flags.budget !== undefined)
    await setResumeBudget(host, ledger, { ...resumes.run, meters: launch.meters }, flags.budget)
  const governing = await loadLaunchBudgets(ledger, launch.budgetsFor(flags.slug), launch.meters)
  return { resumes, launch, governing }
}

function preflightOf(host: Host, { resumes, launch, governing }: Ready): Promise<readonly string[]> {
  const facts = { was: describeResumed(resumes), changes: describeChanges(launch, resumes) }
  return preflightLines(host, launch, resumes.run.label, governing, facts)
}

async function goOn(host: Host, ledger: Ledger, { resumes, launch }: Ready) {
  const { label, color } = resumes.run
  const launcher = loadOwnIdentity()
  await claimItsLabel(host, ledger, resumes.run, launcher)
  return { ledger, launch, name: { label, color }, launcher, resumes }
}

/** A run keeps its label; one that another running run has taken meanwhile is shown twice. */
async function claimItsLabel(
  { screen }: Host,
  ledger: ClaimsLedger,
  { label }: Run,
  launcher: ProcessIdentity,
): Promise<void> {
  if ((await claimLabel(ledger, label, launcher)) !== "claimed")
    screen.note(`bot-bottle: another running run is called '${label}' as well`)
}
