// `completions`: a script for the operator's shell, made from the command line as it is, and the
// names it asks for while they type. Asking changes nothing: no ledger is swept, no folder made.

import { existsSync } from "node:fs"
import { OperatorProblem } from "@bot-bottle/contracts"
import { findRepoFolder, ledgerPath } from "@bot-bottle/control"
import { type Ledger, openLedger } from "@bot-bottle/ledger"
import { openManifestLibrary } from "@bot-bottle/manifest"
import type { Command } from "commander"
import { describeCommands } from "../completions/describe-commands.ts"
import { isShell, SHELLS, scriptFor } from "../completions/shell-scripts.ts"
import type { Host } from "../host.ts"

/** The scripts call this. */
const NAMES = {
  "names:runs": listRuns,
  "names:agents": listAgents,
  "names:bottles": listBottles,
  "names:scopes": listScopes,
  "names:questions": listQuestions,
} as const

export async function runCompletions(host: Host, what: string, program: Command): Promise<number> {
  if (isShell(what)) {
    host.screen.write(scriptFor(what, describeCommands(program)))
    return 0
  }
  const list = Object.entries(NAMES).find(([name]) => name === what)?.[1]
  if (list === undefined)
    throw new OperatorProblem(`no completions for '${what}'`, { exitCode: 2, hint: `there are ${SHELLS.join(", ")}` })
  for (const name of await namesOrNone(() => list(host))) host.screen.print(name)
  return 0
}

/** In the middle of a command line there is nobody to tell a problem to. */
async function namesOrNone(list: () => readonly string[] | Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await list()
  } catch {
    // A broken file, a ledger of a newer build: the command itself will say it.
    return []
  }
}

function listRuns(host: Host): Promise<readonly string[]> {
  return readNames(host, async (ledger) => (await ledger.listRuns({ all: true })).map(({ slug }) => slug))
}

/** Those that wait. */
function listQuestions(host: Host): Promise<readonly string[]> {
  return readNames(host, async (ledger) => (await ledger.pendingProposals()).map(({ id }) => `${id}`))
}

async function readNames(
  { env }: Host,
  read: (ledger: Ledger) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const path = ledgerPath(env.root)
  if (!existsSync(path)) return []
  const ledger = await openLedger(path)
  try {
    return await read(ledger)
  } finally {
    await ledger.close()
  }
}

function listAgents({ env }: Host): readonly string[] {
  return openManifestLibrary({ root: env.root, repoFolder: findRepoFolder(env.cwd) })
    .listAgents()
    .map(({ name }) => name)
}

function listBottles({ env }: Host): readonly string[] {
  return openManifestLibrary({ root: env.root, repoFolder: findRepoFolder(env.cwd) })
    .listBottles()
    .map(({ name }) => name)
}

async function listScopes(host: Host): Promise<readonly string[]> {
  return [
    "host",
    ...listBottles(host).map((name) => `bottle:${name}`),
    ...listAgents(host).map((name) => `agent:${name}`),
    ...(await listRuns(host)).map((slug) => `run:${slug}`),
  ]
}
