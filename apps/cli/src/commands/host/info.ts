// `info`: a manifest as a launch would see it, and which line of which file says each value.

import { formatCount, formatCounted, OperatorProblem, type Run, runFolders } from "@bot-bottle/contracts"
import { findRepoFolder, openHostLedgerToRead, requestProxy } from "@bot-bottle/control"
import { type ManifestLibrary, openManifestLibrary, type ResolvedValue, shownPath } from "@bot-bottle/manifest"
import { chooseRun } from "../../choose-run/choose-run.ts"
import { controlHost } from "../../control-host.ts"
import type { Host } from "../../host.ts"
import { describeSection, type Section } from "../../manifest-table.ts"
import { approvalValue, listApprovals } from "../../supervise/run-approvals.ts"
import { formatTable } from "../../terminal/table.ts"

export async function runInfo(
  host: Host,
  name: string | undefined,
  flags: { readonly json?: boolean },
): Promise<number> {
  const { env, screen } = host
  const library = openManifestLibrary({ root: env.root, repoFolder: findRepoFolder(env.cwd) })
  for (const warning of library.warnings) screen.note(`bot-bottle: warning: ${warning}`)
  if (name === undefined) return showNames(host, library, flags)
  const sections = findSections(library, name) ?? (await findRunSections(host, library, name))

  if (flags.json) screen.print(JSON.stringify(sections, null, 2))
  else for (const line of sections.flatMap((section) => describeSection(section, screen))) screen.print(line)
  return 0
}

/** Everything that has a file, to choose from. */
function showNames({ screen }: Host, library: ManifestLibrary, { json }: { readonly json?: boolean }): number {
  const names = new Set([...library.listAgents(), ...library.listBottles()].map((entry) => entry.name))
  const files = [...names].flatMap((name) => library.findFiles(name).map(({ kind, file }) => ({ kind, name, file })))
  if (json) screen.print(JSON.stringify(files, null, 2))
  else if (files.length === 0) screen.note("bot-bottle: there are no agents and no bottles yet: bot-bottle setup")
  else {
    const columns = [{ title: "KIND" }, { title: "NAME", minWidth: 8 }, { title: "FILE", minWidth: 20 }]
    const rows = files.map(({ kind, name, file }) => [kind, name, shownPath(file)])
    for (const line of formatTable(columns, rows, { width: screen.width })) screen.print(line)
  }
  return 0
}

/** An agent with its default bottle, or a bottle; an agent first when both have the name. */
function findSections(library: ManifestLibrary, name: string): readonly Section[] | undefined {
  const [file] = library.findFiles(name)
  if (file === undefined) return undefined
  if (file.kind === "bottle") return [{ kind: "bottle", name, values: library.listBottleValues([name]) }]
  const agent: Section = { kind: "agent", name, values: library.listAgentValues(name) }
  const { bottle } = library.loadAgent(name)
  if (bottle === undefined) return [agent]
  return [agent, { kind: "bottle", name: bottle, values: library.listBottleValues([bottle]) }]
}

/** A run: its agent and its bottles as their files say now, its egress, and the approvals while it ran. */
async function findRunSections(host: Host, library: ManifestLibrary, name: string): Promise<readonly Section[]> {
  const slug = await chooseRun(host, name, { live: false }).catch((error: unknown) => {
    if (error instanceof OperatorProblem) throw unknownName(library, name)
    throw error
  })
  await using ledger = await openHostLedgerToRead(controlHost(host))
  const run = slug === undefined ? undefined : await ledger.findRun(slug)
  if (run === undefined) throw unknownName(library, name)
  const approvals = (await listApprovals(ledger, run.slug)).map(approvalValue)
  const exists = (each: string) => library.findFiles(each).length > 0
  return [
    ...(exists(run.agent)
      ? [{ kind: "agent", name: run.agent, values: library.listAgentValues(run.agent) } as const]
      : []),
    ...(run.bottles.every(exists)
      ? [{ kind: "bottle", name: run.bottles.join(" + "), values: library.listBottleValues(run.bottles) } as const]
      : []),
    { kind: "run", name: run.slug, values: [...(await egressValues(host, run)), ...approvals] },
  ]
}

/** Of a run whose proxy answers: its egress as it is now. */
async function egressValues({ env }: Host, { slug, status }: Run): Promise<readonly ResolvedValue[]> {
  if (status !== "running" && status !== "cut") return []
  const answer = await requestProxy(runFolders(env.root, slug).egress, "status")
  if (answer.outcome === "silent") return []
  const { egress, requests, denied, openStreams, held = 0 } = answer.status
  const counts = [
    formatCounted(requests, "request"),
    `${formatCount(denied)} denied`,
    formatCounted(openStreams, "stream open", "streams open"),
    `${formatCount(held)} waiting for you`,
  ]
  return [{ key: "egress", value: `${egress}: ${counts.join(", ")}`, origin: "its proxy, now" }]
}

function unknownName(library: ManifestLibrary, name: string): OperatorProblem {
  const names = [...library.listAgents(), ...library.listBottles()].map((entry) => entry.name)
  return new OperatorProblem(`no agent, bottle or run is called '${name}'`, {
    hint:
      names.length === 0
        ? "run 'bot-bottle init' for a first agent and bottle"
        : `available: ${[...new Set(names)].join(", ")}`,
  })
}
