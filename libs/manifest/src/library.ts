// The operator's manifests on disk: what exists, and one of them resolved. A file that the
// launch does not use may be broken without stopping it.
//
// An agent of the operator hides a repository's agent of the same name, also when the operator's
// does not parse. A cloned repository must not take over a name by waiting for a typing error. The
// built-in agents hide a repository's in the same way.

import { lstatSync, realpathSync } from "node:fs"
import { join } from "node:path"
import { OperatorProblem, type PriceRow, type ProviderName } from "@bot-bottle/contracts"
import { type AgentResult, parseAgent } from "./agent.ts"
import { type BottleResult, parseBottle } from "./bottle.ts"
import { builtInBottleName, findBuiltInAgent, findBuiltInBottle } from "./built-in.ts"
import { type ComposeResult, composeBottles } from "./fold/compose-bottles.ts"
import type { HarnessName } from "./harness-names.ts"
import { checkHostRoot } from "./host-root.ts"
import { METERED_PROVIDERS } from "./keys/budget.ts"
import type { AgentManifest, BottleManifest, ManifestProblem, ResolvedValue, Settings } from "./manifest.ts"
import { describeSkipped, expectText, listManifestFolder, listPluginNames, readManifestText } from "./manifest-files.ts"
import { parsePrices } from "./prices.ts"
import { asOperatorProblem, placeOfValue, quoted, shownPath } from "./problem.ts"
import { DEFAULT_SETTINGS, parseSettings } from "./settings.ts"
import { STARTER_BOTTLE } from "./starter.ts"
import { findNearestWord } from "./yaml/nearest-word.ts"

export interface ManifestLibrary {
  /** Names sorted; with the file's problems instead of a value when it does not parse. */
  listAgents(): readonly Listed<AgentManifest>[]
  /** Not composed; `extends` in order. */
  listBottles(): readonly Listed<{ readonly name: string; readonly extends: readonly string[] }>[]
  /** Throws OperatorProblem naming what exists, or every problem of the file. */
  loadAgent(name: string): AgentManifest
  /** Composes the named bottles in order (later wins), each with its ancestors folded in first. */
  loadBottles(names: readonly string[]): BottleManifest
  /** The bottle that an agent's file names. Throws OperatorProblem with that line for one that does not exist. */
  findOwnBottle(agent: AgentManifest): string | undefined
  /**
   * The bottle for a harness that was named without one: the starter's when it runs that harness, else the only one that
   * does, else the built-in one. Throws as `loadBottles` when the starter's is broken: its limits must not be skipped.
   */
  chooseBottleFor(harness: HarnessName): string
  /** For `info`: what the agent's file says, line by line. Throws as `loadAgent`. */
  listAgentValues(name: string): readonly ResolvedValue[]
  /** For `info`: the composed bottle, value by value. Throws as `loadBottles`. */
  listBottleValues(names: readonly string[]): readonly ResolvedValue[]
  /** For `edit` and `info`: files of that name, broken ones too; an agent before a bottle. */
  findFiles(name: string): readonly ManifestFile[]
  /** Every metered provider there is: ours and the operator's plugins. */
  readonly providers: readonly ProviderName[]
  /** Misplaced files: a repo's bottles/ folder, file names that are not valid manifest names. */
  readonly warnings: readonly string[]
}

export interface ManifestFile {
  readonly kind: "agent" | "bottle"
  readonly origin: AgentManifest["origin"]
  readonly file: string
}

export type Listed<T> =
  | { readonly name: string; readonly outcome: "parsed"; readonly manifest: T }
  | { readonly name: string; readonly outcome: "broken"; readonly problems: readonly ManifestProblem[] }

/** `repoFolder`: the Git top level of the operator's folder, or that folder. Lists the folders now, reads files when asked. */
export function openManifestLibrary(options: { readonly root: string; readonly repoFolder: string }): ManifestLibrary {
  const { root } = options
  checkHostRoot(root)
  const providers = [...METERED_PROVIDERS, ...listPluginNames(root)]
  const bottles = openShelf(join(root, "bottles"), (file, name): BottleResult => {
    const read = readManifestText(file, { operatorOwned: true })
    return read.outcome === "read" ? parseBottle(read.text, { name, file, providers }) : read
  })
  const readAgent =
    (origin: AgentManifest["origin"]) =>
    (file: string, name: string): AgentResult => {
      const read = readManifestText(file, { operatorOwned: origin === "operator" })
      return read.outcome === "read" ? parseAgent(read.text, { name, file, origin, providers }) : read
    }
  const operatorAgents = openShelf(join(root, "agents"), readAgent("operator"))
  const offered = openRepoAgents(options, readAgent("repo"))
  const isHidden = (name: string) => operatorAgents.names.includes(name) || findBuiltInAgent(name) !== undefined
  const hidden = offered.agents.names.filter(isHidden)
  const repo = {
    ...offered,
    agents: { ...offered.agents, names: offered.agents.names.filter((name) => !isHidden(name)) },
  }
  const agentNames = [...new Set([...operatorAgents.names, ...repo.agents.names])].sort()
  const shelfOf = (name: string) => (operatorAgents.names.includes(name) ? operatorAgents : repo.agents)
  const originOf = (name: string) => (operatorAgents.names.includes(name) ? "operator" : "repo")

  const findBottle = (name: string) => bottles.find(name) ?? findBuiltInBottle(name)

  function findAgent(name: string): Extract<AgentResult, { outcome: "parsed" }> {
    const result = agentNames.includes(name) ? shelfOf(name).find(name) : findBuiltInAgent(name)
    if (result === undefined) throw unknown("agent", name, agentNames)
    if (result.outcome !== "parsed") throw asOperatorProblem(result.problems)
    return result
  }

  function compose(names: readonly string[]): Extract<ComposeResult, { outcome: "composed" }> {
    const missing = names.find((name) => findBottle(name) === undefined)
    if (missing !== undefined) throw unknown("bottle", missing, bottles.names)
    const result = composeBottles(names, { names: bottles.names, find: findBottle })
    if (result.outcome === "broken") throw asOperatorProblem(result.problems)
    return result
  }

  function runs(bottle: string, harness: HarnessName): boolean {
    const result = composeBottles([bottle], { names: bottles.names, find: findBottle })
    return result.outcome === "composed" && result.bottle.agentProvider.template === harness
  }

  function chooseBottleFor(harness: HarnessName): string {
    if (bottles.names.includes(STARTER_BOTTLE)) {
      compose([STARTER_BOTTLE])
      if (runs(STARTER_BOTTLE, harness)) return STARTER_BOTTLE
    }
    const [only, ...others] = bottles.names.filter((name) => runs(name, harness))
    return only !== undefined && others.length === 0 ? only : builtInBottleName(harness)
  }

  return {
    listAgents: () => agentNames.map((name) => listed(name, shelfOf(name).find(name), ({ manifest }) => manifest)),
    listBottles: () =>
      bottles.names.map((name) =>
        listed(name, bottles.find(name), ({ layer }) => ({
          name,
          extends: layer.extends?.value.map(({ value }) => value) ?? [],
        })),
      ),
    loadAgent: (name) => findAgent(name).manifest,
    loadBottles: (names) => compose(names).bottle,
    findOwnBottle: (agent) => {
      if (agent.bottle === undefined || findBottle(agent.bottle) !== undefined) return agent.bottle
      throw unknown("bottle", agent.bottle, bottles.names, `${placeOfValue(agent, "bottle")}: `)
    },
    chooseBottleFor,
    listAgentValues: (name) => findAgent(name).values,
    listBottleValues: (names) => compose(names).values,
    findFiles: (name) => [
      ...(agentNames.includes(name)
        ? [{ kind: "agent", origin: originOf(name), file: shelfOf(name).fileOf(name) } as const]
        : []),
      ...(bottles.names.includes(name)
        ? [{ kind: "bottle", origin: "operator", file: bottles.fileOf(name) } as const]
        : []),
    ],
    providers,
    warnings: [
      ...bottles.warnings,
      ...operatorAgents.warnings,
      ...repo.warnings,
      ...hidden.map((name) =>
        operatorAgents.names.includes(name)
          ? `agent '${name}' of this repository is not used: the operator has one of that name`
          : `agent '${name}' of this repository is not used: bot-bottle has one of that name`,
      ),
    ],
  }
}

/** Defaults when the file is absent; throws OperatorProblem listing every problem otherwise. */
export function loadSettings(root: string): Settings {
  checkHostRoot(root)
  const file = join(root, "settings.yml")
  // A dangling link is there, and is then refused: it was meant to say something.
  if (!lstatSync(file, { throwIfNoEntry: false })) return DEFAULT_SETTINGS
  const text = expectText(readManifestText(file, { operatorOwned: true }))
  const result = parseSettings(text, { file, providers: [...METERED_PROVIDERS, ...listPluginNames(root)] })
  if (result.outcome === "broken") throw asOperatorProblem(result.problems)
  return result.settings
}

/** The operator's own prices; none when there is no prices.yml. Throws OperatorProblem listing every problem otherwise. */
export function loadPrices(root: string): readonly PriceRow[] {
  checkHostRoot(root)
  const file = join(root, "prices.yml")
  if (!lstatSync(file, { throwIfNoEntry: false })) return []
  const result = parsePrices(expectText(readManifestText(file, { operatorOwned: true })), file)
  if (result.outcome === "broken") throw asOperatorProblem(result.problems)
  return result.prices
}

/** One folder of manifests, each read and parsed once, when first asked for. */
interface Shelf<R> {
  readonly names: readonly string[]
  readonly warnings: readonly string[]
  fileOf(name: string): string
  find(name: string): R | undefined
}

function openShelf<R>(folder: string, read: (file: string, name: string) => R): Shelf<R> {
  const { names, skipped } = listManifestFolder(folder)
  const known = new Map<string, R>()
  const fileOf = (name: string) => join(folder, `${name}.md`)
  return {
    names,
    warnings: skipped.map((file) => describeSkipped(folder, file)),
    fileOf,
    find(name) {
      if (!names.includes(name)) return undefined
      const result = known.get(name) ?? read(fileOf(name), name)
      known.set(name, result)
      return result
    },
  }
}

/** A repository may offer agents, never bottles. A folder that is a link is left alone, with a warning. */
function openRepoAgents(
  { root, repoFolder }: { readonly root: string; readonly repoFolder: string },
  read: (file: string, name: string) => AgentResult,
): { readonly agents: Shelf<AgentResult>; readonly warnings: readonly string[] } {
  const none: Shelf<AgentResult> = { names: [], warnings: [], fileOf: () => "", find: () => undefined }
  const offered = join(repoFolder, ".bot-bottle")
  const warnings: string[] = []
  try {
    const stats = lstatSync(offered, { throwIfNoEntry: false })
    // In the operator's home folder, `.bot-bottle` is the host root itself.
    if (!stats || isSameFolder(offered, root)) return { agents: none, warnings }
    if (!stats.isDirectory())
      return { agents: none, warnings: [`${shownPath(offered)} is not a real folder and is not read`] }
    const bottles = join(offered, "bottles")
    if (lstatSync(bottles, { throwIfNoEntry: false }))
      warnings.push(`${shownPath(bottles)} is not read: bottles live in ${shownPath(join(root, "bottles"))} only`)
    const agents = openShelf(join(offered, "agents"), read)
    return { agents, warnings: [...warnings, ...agents.warnings] }
  } catch (error) {
    // A folder that we may not search offers nothing.
    const isClosed = (error as NodeJS.ErrnoException).code === "EACCES"
    if (!isClosed && !(error instanceof OperatorProblem)) throw error
    const problem = isClosed ? `${shownPath(offered)} cannot be read: permission denied` : (error as Error).message
    return { agents: none, warnings: [...warnings, problem] }
  }
}

function isSameFolder(a: string, b: string): boolean {
  try {
    return realpathSync(a) === realpathSync(b)
  } catch {
    return false // one of them does not exist
  }
}

function listed<P extends { readonly outcome: "parsed" }, T>(
  name: string,
  result: P | { readonly outcome: "broken"; readonly problems: readonly ManifestProblem[] } | undefined,
  manifestOf: (parsed: P) => T,
): Listed<T> {
  if (result?.outcome === "parsed") return { name, outcome: "parsed", manifest: manifestOf(result) }
  return { name, outcome: "broken", problems: result?.problems ?? [] }
}

/** `place`: with what stands between it and the message. */
function unknown(kind: "agent" | "bottle", name: string, existing: readonly string[], place = ""): OperatorProblem {
  if (existing.length === 0) {
    return new OperatorProblem(`there is no ${kind} yet`, { hint: "bot-bottle setup" })
  }
  const nearest = findNearestWord(name, existing)
  const suggestion = nearest === undefined ? "" : `; did you mean '${nearest}'?`
  return new OperatorProblem(`${place}unknown ${kind} ${quoted(name)}${suggestion}`, {
    hint: `${kind}s that exist: ${existing.join(", ")}`,
  })
}
