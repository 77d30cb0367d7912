// A person's choices, asked only where there is one: the agent when there are several, the
// bottle when neither the agent nor a flag names one. Esc and Ctrl-C leave with nothing started.

import type { StartFlags } from "@bot-bottle/contracts"
import type { AgentManifest, ManifestLibrary } from "@bot-bottle/manifest"
import type { Choice } from "../terminal/ordered-choice.ts"
import { pickInOrder } from "../terminal/ordered-picker.ts"
import type { Paint } from "../terminal/paint.ts"
import { pickOne } from "../terminal/pickers.ts"

export interface InteractiveOptions {
  readonly library: ManifestLibrary
  readonly flags: StartFlags
  readonly paint: Paint
}

export interface Chosen {
  readonly agent: string
  /** In merge order. */
  readonly bottles: readonly string[]
}

/** Undefined when the person left. Throws OperatorProblem for manifests that cannot be used. */
export async function chooseInteractive(options: InteractiveOptions): Promise<Chosen | undefined> {
  const { library, flags } = options
  const agent = await chooseAgent(library, flags)
  if (agent === undefined) return undefined
  const bottles = await chooseBottles(options, agent)
  return bottles === undefined ? undefined : { agent: agent.name, bottles }
}

async function chooseAgent(library: ManifestLibrary, { agent }: StartFlags): Promise<AgentManifest | undefined> {
  if (agent !== undefined) return library.loadAgent(agent)
  const listed = library.listAgents()
  const [only, ...others] = listed
  if (only === undefined || others.length === 0) return library.loadAgent(only?.name ?? "")
  const name = await pickOne(
    "Agent",
    listed.map((entry) => ({
      value: entry.name,
      label: entry.name,
      hint: entry.outcome === "broken" ? describeBroken(entry.problems) : hintOf(entry.manifest),
    })),
  )
  return name === undefined ? undefined : library.loadAgent(name)
}

async function chooseBottles(
  { library, flags, paint }: InteractiveOptions,
  agent: AgentManifest,
): Promise<readonly string[] | undefined> {
  if (flags.bottle !== undefined && flags.bottle.length > 0) return flags.bottle
  const own = library.findOwnBottle(agent)
  if (own !== undefined) return [own]
  const listed = library.listBottles()
  const [only, ...others] = listed
  if (only !== undefined && others.length === 0) return [only.name]
  const choices = listed.map(
    (entry): Choice =>
      entry.outcome === "broken"
        ? { name: entry.name, ancestry: "", broken: describeBroken(entry.problems) }
        : { name: entry.name, ancestry: ancestryOf(entry.manifest.extends) },
  )
  return pickInOrder({ message: "Bottle", choices, chosen: [], paint })
}

function describeBroken(problems: readonly { readonly line?: number | undefined; readonly message: string }[]): string {
  const [first] = problems
  return first === undefined
    ? "does not parse"
    : `${first.line === undefined ? "" : `line ${first.line}: `}${first.message}`
}

function hintOf({ origin, bottle }: AgentManifest): string {
  const from = origin === "repo" ? "from this repository" : ""
  return [from, bottle === undefined ? "" : `bottle ${bottle}`].filter((part) => part !== "").join(", ")
}

function ancestryOf(parents: readonly string[]): string {
  return parents.length === 0 ? "" : ` <- ${parents.join(" <- ")}`
}
