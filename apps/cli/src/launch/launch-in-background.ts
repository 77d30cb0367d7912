// What the launcher in the background does once it has been told: the checks of the foreground
// once more, in their order, then the run.

import { type Answer, type BackgroundOrder, type Confirmed, OperatorProblem } from "@bot-bottle/contracts"
import type { Host } from "../host.ts"
import { openHostLedger } from "../host-ledger.ts"
import { bottlesOf, type Chosen } from "./choose-headless.ts"
import { type Confirmation, confirmationOf, type OnRunning, type Place } from "./confirmation.ts"
import { checkBudgetsLeft, loadLaunchBudgets } from "./launch-budgets.ts"
import { loadOwnIdentity } from "./own-identity.ts"
import { openLibrary, resolveStart } from "./prepare-start.ts"
import { type ProxyProcess, spawnProxy } from "./proxy-process.ts"
import type { ResolvedLaunch } from "./resolve-launch.ts"
import { resumeConfirmed, resumeHeadless } from "./resume-run.ts"
import { runHostSession } from "./run-host-session.ts"
import { readRunName } from "./run-name.ts"
import type { SessionMode } from "./session-stdio.ts"
import { agentOf, type StartFlags } from "./start-flags.ts"
import { startHeadless } from "./start-headless.ts"

export async function launchInBackground(host: Host, order: BackgroundOrder, onRunning: OnRunning): Promise<number> {
  await using proxy = spawnProxy({
    path: host.env.path,
    onStderr: (line) => host.screen.note(`bot-bottle: proxy: ${line}`),
  })
  const place: Place = { mode: modeOf(order), onRunning }
  const ask = answersOf(order.answers)
  const check = (launch: ResolvedLaunch) => checkConfirmed(launch, order.confirmed)
  if (order.command === "resume") {
    if (order.flags.headless === true) return await resumeHeadless(host, order.flags, proxy, place)
    return await resumeConfirmed(host, order.flags, proxy, { ...place, ask, check })
  }
  if (order.flags.headless === true) return await startHeadless(host, order.flags, proxy, place)
  return await startConfirmed(host, order.flags, proxy, { ...place, ask, check })
}

async function startConfirmed(
  host: Host,
  flags: StartFlags,
  proxy: ProxyProcess,
  { ask, check, ...place }: Place & Confirmation,
): Promise<number> {
  const library = openLibrary(host)
  const agent = library.loadAgent(agentOf(flags))
  const bottles = bottlesOf(agent, flags)
  const bottle = library.loadBottles(bottles)
  const chosen: Chosen = { agent, bottle, bottles, name: readRunName(flags, agent.name), prompt: undefined }
  const launch = await resolveStart(host, flags, chosen, ask)
  check(launch)
  await using ledger = await openHostLedger(host)
  checkBudgetsLeft(await loadLaunchBudgets(ledger, launch.budgetsFor(""), launch.meters))

  // The foreground has claimed the label for us.
  const launcher = loadOwnIdentity()
  return await runHostSession(host, { ledger, launch, name: chosen.name, launcher, proxy, ...place })
}

function modeOf({ flags, terminal }: BackgroundOrder): SessionMode {
  return flags.headless === true ? { kind: "background" } : { kind: "background", terminal }
}

/** The questions come in the order in which they were answered, unless a manifest has changed meanwhile. */
function answersOf(answers: readonly Answer[]): (prompt: string) => Promise<string> {
  const left = [...answers]
  return async (prompt) => {
    const next = left.shift()
    if (next?.prompt === prompt) return next.text
    throw hasChanged()
  }
}

function checkConfirmed(launch: ResolvedLaunch, confirmed: Confirmed | undefined): void {
  if (confirmed === undefined) return
  const now = confirmationOf(launch)
  if (now.policyHash !== confirmed.policyHash || now.manifestHash !== confirmed.manifestHash) throw hasChanged()
}

function hasChanged(): OperatorProblem {
  return new OperatorProblem("a manifest was changed while you were asked", { hint: "start again, and look once more" })
}
