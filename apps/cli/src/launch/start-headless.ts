// `start --headless`: every check in its order, then the run, with nobody to ask.

import type { ProcessIdentity } from "@bot-bottle/contracts"
import type { ClaimsLedger } from "@bot-bottle/ledger"
import type { Host } from "../host.ts"
import { openHostLedger } from "../host-ledger.ts"
import { claimFreeLabel } from "../runs/claims.ts"
import { type Chosen, chooseHeadless } from "./choose-headless.ts"
import type { Place } from "./confirmation.ts"
import { checkBudgetsLeft, loadLaunchBudgets } from "./launch-budgets.ts"
import { loadOwnIdentity } from "./own-identity.ts"
import { openLibrary, preflightLines, resolveStart } from "./prepare-start.ts"
import type { ProxyProcess } from "./proxy-process.ts"
import { runHostSession } from "./run-host-session.ts"
import type { StartFlags } from "./start-flags.ts"

export async function startHeadless(
  host: Host,
  flags: StartFlags,
  proxy: ProxyProcess,
  place: Place = { mode: { kind: "inherit" } },
): Promise<number> {
  const chosen = chooseHeadless(openLibrary(host), flags)
  const launch = await resolveStart(host, flags, chosen, undefined)
  await using ledger = await openHostLedger(host)
  checkBudgetsLeft(await loadLaunchBudgets(ledger, launch.budgetsFor(""), launch.meters))

  const launcher = loadOwnIdentity()
  const name = await freeName(host, ledger, chosen, launcher)
  return await runHostSession(host, { ledger, launch, name, launcher, proxy, ...place })
}

/** `--dry-run`: the same checks and the preflight, and nothing is launched. */
export async function showHeadless(host: Host, flags: StartFlags): Promise<number> {
  const chosen = chooseHeadless(openLibrary(host), flags)
  const launch = await resolveStart(host, flags, chosen, undefined)
  await using ledger = await openHostLedger(host)
  const governing = await loadLaunchBudgets(ledger, launch.budgetsFor(""), launch.meters)
  for (const line of await preflightLines(host, launch, chosen.name.label, governing)) host.screen.print(line)
  checkBudgetsLeft(governing)
  host.screen.note("bot-bottle: dry run, nothing launched")
  return 0
}

/** A label that a running run has gets a number, and the operator is told which. */
async function freeName({ screen }: Host, ledger: ClaimsLedger, { name }: Chosen, launcher: ProcessIdentity) {
  const label = await claimFreeLabel(ledger, name.label, launcher)
  if (label !== name.label) screen.note(`bot-bottle: label '${name.label}' is taken; this run is '${label}'`)
  return { ...name, label }
}
