// `start --enqueue`: the start as a job, for whichever host has a worker that fits.

import { OperatorProblem, type StartFlags } from "@bot-bottle/contracts"
import { checkStartFlags, headlessStartForm, openHostLedger, queueOf } from "@bot-bottle/control"
import type { Host } from "../../host.ts"
import { ledgerHost } from "../../ledger-host.ts"
import { parseLabels } from "./job-labels.ts"

export async function runEnqueue(
  host: Host,
  flags: StartFlags,
  { wants }: { readonly wants: string | undefined },
): Promise<number> {
  const { detach, dryRun, cwd, workspace } = flags
  if (flags.headless !== true)
    throw badUsage("--enqueue needs --headless: nobody can be asked", headlessStartForm(flags.agent))
  if (detach === true || dryRun === true) throw badUsage("--enqueue excludes --detach and --dry-run", "leave them out")
  if (cwd === true || workspace !== undefined)
    throw badUsage("a job has no folder of this host: --cwd and --workspace do not go with --enqueue", "leave them out")
  checkStartFlags(flags)
  await using ledger = await openHostLedger(ledgerHost(host))
  const order = JSON.stringify(flags)
  const id = await (await queueOf(ledger)).put({ order, wants: parseLabels(wants), actor: host.env.operator })
  host.screen.print(String(id))
  host.screen.note(`bot-bottle: job ${id} queued; to look at it: bot-bottle worker --jobs`)
  return 0
}

function badUsage(message: string, hint: string): OperatorProblem {
  return new OperatorProblem(message, { exitCode: 2, hint })
}
