// `completions`: a script for the operator's shell, made from the command line as it is, and the
// names it asks for while they type. Asking changes nothing: no ledger is swept, no folder made.

import { existsSync } from "node:fs"
import { OperatorProblem } from "@bot-bottle/contracts"
import { findRepoFolder, ledgerPath } from "@bot-bottle/control"
import { type Ledger, openLedger } from "@bot-bottle/ledger"
import { openManifestLibrary } from "@bot-bottle/manifest"
import type { Command } from "commander"
import { listBudgetProviders } from "../../budgets/known-providers.ts"
import { LAST } from "../../choose-run/match-run.ts"
import { describeCommands } from "../../completions/describe-commands.ts"
import { listArgument, NAME_LISTS, type NameList } from "../../completions/name-kinds.ts"
import { isShell, SHELLS, scriptFor } from "../../completions/shell-scripts.ts"
import type { Host } from "../../host.ts"

const LISTS: Readonly<Record<NameList, (host: Host) => readonly string[] | Promise<readonly string[]>>> = {
  runs: listRuns,
  agents: listAgents,
  bottles: listBottles,
  scopes: listScopes,
  questions: listQuestions,
  providers: listProviders,
}

export async function runCompletions(host: Host, what: string, program: Command): Promise<number> {
  if (isShell(what)) {
    host.screen.write(scriptFor(what, describeCommands(program)))
    return 0
  }
  const list = NAME_LISTS.find((name) => listArgument(name) === what)
  if (list === undefined)
    throw new OperatorProblem(`no completions for '${what}'`, { exitCode: 2, hint: `there are ${SHELLS.join(", ")}` })
  for (const name of await namesOrNone(() => LISTS[list](host))) host.screen.print(name)
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

/** As `choose-run` reads them: slugs, labels, and the newest run of this folder. */
function listRuns(host: Host): Promise<readonly string[]> {
  return readNames(host, async (ledger) => {
    const runs = await ledger.listRuns({ all: true })
    // A label of several words would need quotes, which no shell adds here.
    const labels = runs.map(({ label }) => label).filter((label) => /^[\w.-]+$/.test(label))
    return runs.length === 0 ? [] : [...new Set([...runs.map(({ slug }) => slug as string), ...labels, LAST])]
  })
}

function listSlugs(host: Host): Promise<readonly string[]> {
  return readNames(host, async (ledger) => (await ledger.listRuns({ all: true })).map(({ slug }) => slug))
}

/** Those of this build are known before the first run makes a ledger. */
async function listProviders(host: Host): Promise<readonly string[]> {
  const list = (ledger: Pick<Ledger, "listRuns">) => listBudgetProviders({ root: host.env.root, ledger, declared: [] })
  const names = await readNames(host, list)
  return names.length > 0 ? names : await list({ listRuns: async () => [] })
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
    ...(await listSlugs(host)).map((slug) => `run:${slug}`),
  ]
}
