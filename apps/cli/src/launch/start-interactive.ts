// `start` in front of a person: pickers, preflight, a yes, and then the agent on their terminal.

import { operatorTerminalSize } from "@bot-bottle/bottle"
import type { Answer } from "@bot-bottle/contracts"
import type { Host } from "../host.ts"
import { openHostLedger } from "../host-ledger.ts"
import { claimLabel } from "../runs/claims.ts"
import { sayNothingLaunched } from "../terminal/pickers.ts"
import { askChoices, confirmLaunch, noting, OperatorLeft } from "./ask-operator.ts"
import { spawnBackgroundLauncher } from "./background-launcher.ts"
import { confirmationOf } from "./confirmation.ts"
import { checkBudgetsLeft, loadLaunchBudgets } from "./launch-budgets.ts"
import { loadOwnIdentity } from "./own-identity.ts"
import { prepareImage } from "./prepare-image.ts"
import { openLibrary, preflightLines, resolveStart } from "./prepare-start.ts"
import { spawnProxy } from "./proxy-process.ts"
import { runHostSession } from "./run-host-session.ts"
import type { StartFlags } from "./start-flags.ts"
import { ensureToolchain } from "./toolchain.ts"

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
  await using background = flags.detach === true && !dryRun ? spawnBackgroundLauncher() : undefined
  const launcher = background?.identity ?? loadOwnIdentity()
  await using ledger = await openHostLedger(host)
  const takes = async (label: string) => (await claimLabel(ledger, label, launcher)) !== "taken"
  const chosen = await askChoices(host, openLibrary(host), flags, takes)
  const answers: Answer[] = []
  const launch = await resolveStart(host, flags, chosen, noting(answers))

  const governing = await loadLaunchBudgets(ledger, launch.budgetsFor(""), launch.meters)
  const preflight = await preflightLines(host, launch, chosen.name.label, governing)
  if (dryRun) {
    for (const line of preflight) screen.print(line)
    screen.note("bot-bottle: dry run, nothing launched")
    return 0
  }
  checkBudgetsLeft(governing)
  await confirmLaunch(preflight)
  if (background !== undefined) {
    await ensureToolchain(host, ledger, launch)
    await prepareImage(host, launch)
    return await background.launch(host, {
      command: "start",
      cwd: env.cwd,
      flags: { ...flags, agent: chosen.agent.name, bottle: chosen.bottles, ...chosen.name },
      terminal: operatorTerminalSize(),
      answers,
      confirmed: confirmationOf(launch),
    })
  }

  // A full-screen agent owns the terminal; what the proxy says waits until it is over.
  const later: string[] = []
  await using proxy = spawnProxy({ path: env.path, onStderr: (line) => later.push(`bot-bottle: proxy: ${line}`) })
  const exitCode = await runHostSession(host, {
    ledger,
    launch,
    name: chosen.name,
    launcher,
    proxy,
    mode: { kind: "terminal" },
  })
  for (const line of later) screen.note(line)
  return exitCode
}
