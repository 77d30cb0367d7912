// A person's choices: agent, ordered bottles, label and color. A value that a flag gives is not
// asked for; Esc and Ctrl-C at any question leave with nothing launched.

import type { StartFlags } from "@bot-bottle/contracts"
import { labelProblem, type RunName, readRunName } from "@bot-bottle/control"
import type { AgentManifest, ManifestLibrary } from "@bot-bottle/manifest"
import { COLORS } from "@bot-bottle/run-state"
import type { Choice } from "../terminal/ordered-choice.ts"
import { pickInOrder } from "../terminal/ordered-picker.ts"
import type { Paint } from "../terminal/paint.ts"
import { askText, greet, pickColor, pickOne } from "../terminal/pickers.ts"

export interface InteractiveOptions {
  readonly library: ManifestLibrary
  readonly flags: StartFlags
  /** Claims a label for this launch; false when a running run has it. */
  readonly takes: (label: string) => Promise<boolean>
  readonly paint: Paint
}

export interface Chosen {
  readonly agent: string
  /** In merge order. */
  readonly bottles: readonly string[]
  readonly name: RunName
}

/** Undefined when the person left. */
export async function chooseInteractive(options: InteractiveOptions): Promise<Chosen | undefined> {
  const { library, flags } = options
  greet("bot-bottle")
  const agent = await chooseAgent(library, flags)
  if (agent === undefined) return undefined
  const bottles = await chooseBottles(options, agent)
  if (bottles === undefined) return undefined
  // Bottles that do not compose are reported before more is asked.
  library.loadBottles(bottles)
  const name = await chooseName(options, agent)
  return name === undefined ? undefined : { agent: agent.name, bottles, name }
}

async function chooseAgent(library: ManifestLibrary, { agent }: StartFlags): Promise<AgentManifest | undefined> {
  if (agent !== undefined) return library.loadAgent(agent)
  const listed = library.listAgents()
  if (listed.length === 0) return library.loadAgent("")
  const name = await pickOne(
    "Which agent?",
    listed.map((entry) => ({
      value: entry.name,
      label: entry.name,
      hint: entry.outcome === "broken" ? "does not parse" : hintOf(entry.manifest),
    })),
  )
  return name === undefined ? undefined : library.loadAgent(name)
}

async function chooseBottles(
  { library, flags, paint }: InteractiveOptions,
  agent: AgentManifest,
): Promise<readonly string[] | undefined> {
  if (flags.bottle !== undefined && flags.bottle.length > 0) return flags.bottle
  const choices = library
    .listBottles()
    .map(
      (entry): Choice =>
        entry.outcome === "broken"
          ? { name: entry.name, ancestry: "", broken: "does not parse" }
          : { name: entry.name, ancestry: ancestryOf(entry.manifest.extends) },
    )
  const chosen = agent.bottle === undefined ? [] : [agent.bottle]
  return pickInOrder({ message: "Which bottles, in merge order?", choices, chosen, paint })
}

async function chooseName(
  { flags, takes, paint }: InteractiveOptions,
  agent: AgentManifest,
): Promise<RunName | undefined> {
  let label = flags.label
  // A value that a flag gives is not asked for, unless it is not available.
  if (label === undefined || labelProblem(label) !== undefined)
    label = await askText("Label?", label ?? agent.name, labelProblem)
  while (label !== undefined && !(await takes(label)))
    label = await askText(`Label? A running run is already called '${label}'`, label, labelProblem)
  if (label === undefined) return undefined

  if (flags.color !== undefined) return readRunName({ label, color: flags.color }, agent.name)
  const color = await pickColor("Color?", [
    { value: "", label: "none" },
    ...COLORS.map((name) => ({ value: name, label: paint.named(name, name) })),
  ])
  return color === undefined ? undefined : readRunName({ label, color }, agent.name)
}

function hintOf({ origin, bottle }: AgentManifest): string {
  const from = origin === "repo" ? "from this repository" : ""
  return [from, bottle === undefined ? "" : `bottle ${bottle}`].filter((part) => part !== "").join(", ")
}

function ancestryOf(parents: readonly string[]): string {
  return parents.length === 0 ? "" : ` <- ${parents.join(" <- ")}`
}
