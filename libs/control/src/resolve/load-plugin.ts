// The operator's own providers: contrib/<name>/provider.ts below the host root. One is
// imported only when a launch needs it, since importing runs it with the operator's rights.
//
//   INV-26  No plugin is run that another user could have written, or that is reached through a link:
//           neither the file nor anything in its folder.

import { lstatSync, readdirSync, type Stats } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { OperatorProblem, USD } from "@bot-bottle/contracts"
import { findOwnershipProblem, isManifestName, shownPath } from "@bot-bottle/manifest"
import { checkOutputs, type Provider, parseProvider } from "@bot-bottle/providers"

const ENTRY_FILE = "provider.ts"

/** Undefined when there is no plugin of that name. Throws OperatorProblem for one that cannot be used as it is. */
export async function findPlugin(root: string, name: string): Promise<Provider | undefined> {
  if (!isManifestName(name)) return undefined
  if (name === USD) {
    throw new OperatorProblem(`a provider may not be called '${USD}': budgets of money have that name`, {
      hint: "give its folder below contrib another name",
    })
  }
  const folder = join(root, "contrib", name)
  const file = join(folder, ENTRY_FILE)
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return undefined
  checkPlace(join(root, "contrib"))
  checkPlace(folder)
  for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8" })) checkPlace(join(folder, entry))

  const result = parseProvider(await importProvider(file), name)
  if (result.outcome === "parsed") return checkOutputs(result.provider, shownPath(file))
  const [first, ...others] = result.problems
  const problems = others.length === 0 ? ` ${first}` : result.problems.map((problem) => `\n  ${problem}`).join("")
  throw new OperatorProblem(`${shownPath(file)}:${problems}`, { hint: "docs/plugins.md has an example" })
}

async function importProvider(file: string): Promise<unknown> {
  try {
    const module: Readonly<Record<string, unknown>> = await import(pathToFileURL(file).href)
    return module["provider"]
  } catch (cause) {
    const why = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
    throw new OperatorProblem(`${shownPath(file)} cannot be loaded: ${why}`, {
      hint: "docs/plugins.md has an example",
      cause,
    })
  }
}

function checkPlace(path: string): void {
  const stats: Stats = lstatSync(path)
  if (stats.isSymbolicLink()) {
    throw new OperatorProblem(`${shownPath(path)} is a symbolic link; a plugin is run from its own files only`, {
      hint: "put the file itself there",
    })
  }
  const problem = findOwnershipProblem(path, stats)
  if (problem !== undefined) throw new OperatorProblem(`${shownPath(path)} ${problem.message}`, { hint: problem.hint })
}
