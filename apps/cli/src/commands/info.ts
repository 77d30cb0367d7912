// `info`: a manifest as a launch would see it, and which line of which file says each value.

import { OperatorProblem, sanitizeLine } from "@bot-bottle/contracts"
import { findRepoFolder } from "@bot-bottle/control"
import { type ManifestLibrary, openManifestLibrary, type ResolvedValue } from "@bot-bottle/manifest"
import type { Host } from "../host.ts"
import type { Screen } from "../terminal/screen.ts"
import { formatTable } from "../terminal/table.ts"

interface Section {
  readonly kind: "agent" | "bottle"
  readonly name: string
  readonly values: readonly ResolvedValue[]
}

export async function runInfo(host: Host, name: string, flags: { readonly json?: boolean }): Promise<number> {
  const { env, screen } = host
  const library = openManifestLibrary({ root: env.root, repoFolder: findRepoFolder(env.cwd) })
  for (const warning of library.warnings) screen.note(`bot-bottle: warning: ${warning}`)
  const sections = findSections(library, name)

  if (flags.json) screen.print(JSON.stringify(sections, null, 2))
  else for (const line of sections.flatMap((section) => describeSection(section, screen))) screen.print(line)
  return 0
}

/** An agent with its default bottle, or a bottle; an agent first when both have the name. */
function findSections(library: ManifestLibrary, name: string): readonly Section[] {
  const [file] = library.findFiles(name)
  if (file === undefined) {
    const names = [...library.listAgents(), ...library.listBottles()].map((entry) => entry.name)
    throw new OperatorProblem(`no agent or bottle is called '${name}'`, {
      hint:
        names.length === 0
          ? "run 'bot-bottle init' for a first one of each"
          : `available: ${[...new Set(names)].join(", ")}`,
    })
  }
  if (file.kind === "bottle") return [{ kind: "bottle", name, values: library.listBottleValues([name]) }]
  const agent: Section = { kind: "agent", name, values: library.listAgentValues(name) }
  const { bottle } = library.loadAgent(name)
  if (bottle === undefined) return [agent]
  return [agent, { kind: "bottle", name: bottle, values: library.listBottleValues([bottle]) }]
}

function describeSection({ kind, name, values }: Section, { paint, width }: Screen): readonly string[] {
  const columns = [
    { title: paint.bold(`${kind} ${name}`), minWidth: 20 },
    { title: "VALUE", minWidth: 20 },
    { title: "FROM", minWidth: 14, dropOrder: 1 },
  ]
  return [
    ...formatTable(
      columns,
      values.map(({ key, value, origin }) => [`  ${sanitizeLine(key)}`, sanitizeLine(value), sanitizeLine(origin)]),
      { width },
    ),
    "",
  ]
}
