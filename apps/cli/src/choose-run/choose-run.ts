// Turns what an operator typed for a run into its slug, or lets them pick one on a terminal.

import { realpathSync } from "node:fs"
import { formatAge, OperatorProblem, type Run, runFolders, type Slug } from "@bot-bottle/contracts"
import { namingSlowLedger, openHostLedgerToRead, unknownRun } from "@bot-bottle/control"
import { findRunMetadata } from "@bot-bottle/run-state"
import type { Host } from "../host.ts"
import { ledgerHost } from "../ledger-host.ts"
import { LAST, matchRun } from "./match-run.ts"

export interface ChooseOptions {
  /** Offer only runs that are running. */
  readonly live: boolean
}

/** Throws OperatorProblem. Undefined when the operator left the picker. */
export async function chooseRun(
  host: Host,
  name: string | undefined,
  options: ChooseOptions,
): Promise<Slug | undefined> {
  // The command itself opens the ledger again, and reports its problems. It may be about to resume the run.
  const told = ledgerHost(host)
  await using ledger = await openHostLedgerToRead(told, { parked: "leave" })
  const runs = await namingSlowLedger(told, () => ledger.listRuns({ all: true }))
  if (name === undefined) return pickRun(host, runs, options)

  const match = matchRun(runs, name, { isOfThisFolder: (slug) => startedIn(host, slug) })
  switch (match.outcome) {
    case "found":
      return match.slug
    case "unknown":
      throw unknownRun(ledger, name, "see 'bot-bottle list --all'")
    case "ambiguous":
      throw new OperatorProblem(`'${name}' fits ${match.slugs.length} runs`, {
        hint: `name one: ${match.slugs.slice(0, MAX_SHOWN).join(", ")}${match.slugs.length > MAX_SHOWN ? ", …" : ""}`,
      })
    case "none-of-this-folder":
      throw new OperatorProblem(`${LAST}: no run was started in this folder`, { hint: "see 'bot-bottle list --all'" })
  }
}

const MAX_SHOWN = 5

async function pickRun({ screen }: Host, runs: readonly Run[], { live }: ChooseOptions): Promise<Slug | undefined> {
  if (!screen.isInteractive) {
    throw new OperatorProblem("missing required argument 'run'", {
      exitCode: 2,
      hint: `a slug, a prefix of one, a label, or ${LAST}; see 'bot-bottle list --all'`,
    })
  }
  const offered = runs.filter(({ status }) => !live || status === "running" || status === "cut")
  if (offered.length === 0) {
    throw new OperatorProblem(live ? "no run is running" : "there are no runs yet", {
      hint: live ? "see 'bot-bottle list --all'" : "bot-bottle start",
    })
  }
  const { pickOne } = await import("../terminal/pickers.ts")
  const nowMs = Date.now()
  const options = offered.map(({ slug, status, agent, startedAtMs }) => ({
    value: slug,
    label: slug,
    hint: `${status}, ${agent}, ${formatAge(nowMs - startedAtMs)} ago`,
  }))
  const picked = await pickOne("Run", options)
  if (picked === undefined) screen.note("Cancelled.")
  return picked
}

function startedIn({ env }: Host, slug: Slug): boolean {
  const { startedIn, cwd } = findRunMetadata(runFolders(env.root, slug).state) ?? {}
  // A copy may be of a folder above the one that the command was typed in.
  return [startedIn, cwd].some((folder) => folder !== undefined && realFolder(folder) === realFolder(env.cwd))
}

function realFolder(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    // A folder that is gone is only its name.
    return path
  }
}
