// `start` up to its launch: manifests, credentials, budgets, in the order an orchestrator can rely
// on. Creates nothing.

import type { StartFlags } from "@bot-bottle/contracts"
import type { ControlHost } from "../host.ts"
import { openHostLedger } from "../open-host-ledger.ts"
import { type Ask, askNobody } from "../questions.ts"
import { loadLaunchBudgets } from "../resolve/budgets/launch-budgets.ts"
import { chooseHeadless } from "../resolve/choose-headless.ts"
import type { ResolveOptions } from "../resolve/resolve-launch.ts"
import { openLibrary, resolveStart } from "../resolve/resolve-start.ts"
import { createPreparedLaunch, type LaunchPreview, type PreparedLaunch } from "./prepared-launch.ts"

/** Throws OperatorProblem; Declined when a question was answered with a no. */
export function prepareStart(host: ControlHost, flags: StartFlags, ask: Ask): Promise<PreparedLaunch> {
  return prepare(host, flags, { ask, purpose: "launch" })
}

/** For a look that nothing follows: a credential that is missing is noted, and nothing is asked. Throws otherwise as `prepareStart`. */
export function previewStart(host: ControlHost, flags: StartFlags): Promise<LaunchPreview> {
  return prepare(host, flags, { ask: askNobody, purpose: "preview" })
}

async function prepare(
  host: ControlHost,
  flags: StartFlags,
  options: Pick<ResolveOptions, "ask" | "purpose">,
): Promise<PreparedLaunch> {
  const chosen = chooseHeadless(openLibrary(host), flags)
  const launch = await resolveStart(host, flags, chosen, options)
  const ledger = await openHostLedger(host)
  try {
    return await createPreparedLaunch(host, {
      ledger,
      launch,
      name: chosen.name,
      governing: await loadLaunchBudgets(ledger, launch.budgetsFor(""), launch.meters),
      newLimits: [],
      resumes: undefined,
      resumed: undefined,
      checkMore: async () => {},
    })
  } catch (error) {
    await ledger.close()
    throw error
  }
}
