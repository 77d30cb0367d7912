// `start` in front of a person: pickers, preflight, a yes, and then the agent on their terminal.

import { claimLabel } from "@bot-bottle/bottle"
import type { Host } from "../host.ts"
import { openHostLedger } from "../host-ledger.ts"
import { sayNothingLaunched } from "../terminal/pickers.ts"
import { askChoices, askSecret, confirmLaunch, OperatorLeft } from "./ask-operator.ts"
import { checkBudgetsLeft, loadLaunchBudgets } from "./launch-budgets.ts"
import { loadOwnIdentity } from "./own-identity.ts"
import { openLibrary, preflightLines, resolveStart } from "./prepare-start.ts"
import { spawnProxy } from "./proxy-process.ts"
import { runHostSession } from "./run-host-session.ts"
import type { StartFlags } from "./start-flags.ts"

/** Exit code 0 also when the operator leaves with nothing launched. */
export async function startInteractive(
  host: Host,
  flags: StartFlags,
  { dryRun }: { readonly dryRun: boolean },
): Promise<number> {
  try {
    return await askAndLaunch(host, flags, { dryRun })
  } catch (error) {
    if (!(error instanceof OperatorLeft)) throw error
    sayNothingLaunched()
    return 0
  }
}

async function askAndLaunch(host: Host, flags: StartFlags, { dryRun }: { readonly dryRun: boolean }): Promise<number> {
  const { env, screen } = host
  const launcher = loadOwnIdentity()
  const takes = (label: string) => claimLabel({ root: env.root, label, launcher }) === "claimed"
  const chosen = await askChoices(host, openLibrary(host), flags, takes)
  const launch = await resolveStart(host, flags, chosen, askSecret)

  using ledger = await openHostLedger(host)
  const governing = await loadLaunchBudgets(ledger, launch.budgetsFor(""), launch.meters)
  const preflight = preflightLines(host, launch, chosen.name.label, governing)
  if (dryRun) {
    for (const line of preflight) screen.print(line)
    screen.note("bot-bottle: dry run, nothing launched")
    return 0
  }
  checkBudgetsLeft(governing)
  await confirmLaunch(preflight)

  // A full-screen agent owns the terminal; what the proxy says waits until it is over.
  const later: string[] = []
  await using proxy = spawnProxy({ path: env.path, onStderr: (line) => later.push(`bot-bottle: proxy: ${line}`) })
  const exitCode = await runHostSession(host, { ledger, launch, name: chosen.name, launcher, proxy, stdio: "terminal" })
  for (const line of later) screen.note(line)
  return exitCode
}
