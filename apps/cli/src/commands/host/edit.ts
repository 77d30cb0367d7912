// `edit`: an agent, a bottle or the settings in the operator's editor. The result is read as a launch would read
// it. When that fails, the problem is shown, and the operator chooses to edit again, to undo, or to
// keep it.

import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { OperatorProblem, sanitizeLine } from "@bot-bottle/contracts"
import { findRepoFolder, loadAnyRun, openHostLedger } from "@bot-bottle/control"
import { loadSettings, type ManifestFile, type ManifestLibrary, openManifestLibrary } from "@bot-bottle/manifest"
import { chooseRun } from "../../choose-run/choose-run.ts"
import type { Host } from "../../host.ts"
import { ledgerHost } from "../../ledger-host.ts"
import { findEditor, openEditor } from "../../terminal/editor.ts"
import { untilInterrupted } from "../../watch/until-interrupted.ts"

const SETTINGS = "settings"
type Target = ManifestFile | { readonly kind: typeof SETTINGS; readonly file: string }

export interface EditFlags {
  readonly bottle?: boolean
  /** `name` is a run then. */
  readonly adopt?: boolean
  readonly yes?: boolean
}

export async function runEdit(host: Host, name: string, flags: EditFlags): Promise<number> {
  if (flags.adopt === true) return adoptFrom(host, name, flags)
  const { screen } = host
  const target = findTarget(host, name, flags)
  const editor = findEditor(host)
  const before = readFileSync(target.file, "utf8")
  for (;;) {
    await openEditor(editor, target.file, host.env)
    const problem = findProblem(host, name, target)
    if (problem === undefined) {
      const isSame = readFileSync(target.file, "utf8") === before
      screen.note(
        `bot-bottle: ${target.kind === SETTINGS ? "settings.yml" : `${target.kind} '${name}'`} ${isSame ? "is unchanged" : "is valid"}`,
      )
      return 0
    }
    screen.note(`bot-bottle: error: ${problem.message}`)
    if (problem.hint !== undefined) screen.note(`bot-bottle: hint: ${problem.hint}`)
    switch (screen.isInteractive ? await askWhatNow() : "keep") {
      case "edit":
        break
      case "undo":
        writeFileSync(target.file, before)
        screen.note(`bot-bottle: ${sanitizeLine(target.file)} is unchanged`)
        return 0
      case "keep":
        screen.note(`bot-bottle: ${sanitizeLine(target.file)} is still invalid; no launch that uses it starts`)
        return 1
    }
  }
}

/** Writes the routes that were approved while the run ran into its bottle's file. */
async function adoptFrom(host: Host, name: string, { yes }: EditFlags): Promise<number> {
  const slug = await chooseRun(host, name, { live: false })
  if (slug === undefined) return 0
  await using ledger = await openHostLedger(ledgerHost(host))
  const { adoptApprovals } = await import("../../supervise/run-approvals.ts")
  return await adoptApprovals(host, ledger, await loadAnyRun(ledger, slug), { mayWrite: yes === true })
}

/** An agent or a bottle of that name comes first. */
function findTarget({ env }: Host, name: string, { bottle }: EditFlags): Target {
  const library = openManifestLibrary({ root: env.root, repoFolder: findRepoFolder(env.cwd) })
  const found = library.findFiles(name).find(({ kind }) => bottle !== true || kind === "bottle")
  if (found !== undefined) return found
  const settings = join(env.root, "settings.yml")
  if (name === SETTINGS && bottle !== true && existsSync(settings)) return { kind: SETTINGS, file: settings }
  const names = bottle === true ? library.listBottles() : [...library.listAgents(), ...library.listBottles()]
  const known = [...new Set(names.map((entry) => entry.name))]
  throw new OperatorProblem(`no ${bottle === true ? "" : "agent or "}bottle is called '${name}'`, {
    hint:
      known.length === 0
        ? "run 'bot-bottle init' for a first one of each"
        : `available: ${known.join(", ")}; a further one: ${creating(library, name, bottle === true)}`,
  })
}

/** The command, complete: with several bottles an agent has to name one. */
function creating(library: ManifestLibrary, name: string, isBottle: boolean): string {
  const [first, ...others] = library.listBottles()
  if (isBottle) return `bot-bottle new bottle ${name}`
  return `bot-bottle new agent ${name}${others.length === 0 ? "" : ` --bottle ${first?.name}`}`
}

/** As a launch would read it, with all it extends. */
function findProblem({ env }: Host, name: string, { kind }: Target): OperatorProblem | undefined {
  try {
    if (kind === SETTINGS) {
      loadSettings(env.root)
      return undefined
    }
    const library = openManifestLibrary({ root: env.root, repoFolder: findRepoFolder(env.cwd) })
    if (kind === "bottle") library.loadBottles([name])
    else library.loadAgent(name)
    return undefined
  } catch (error) {
    if (error instanceof OperatorProblem) return error
    throw error
  }
}

/** Left with Esc the file stays as it is, and is said to be invalid. */
async function askWhatNow(): Promise<"edit" | "undo" | "keep"> {
  const { askKey } = await import("../../terminal/pickers.ts")
  const options = [
    { value: "e", label: "edit again (Enter)" },
    { value: "u", label: "undo every change" },
    { value: "k", label: "keep it anyway" },
  ]
  using interrupt = untilInterrupted()
  switch (await askKey("The file is invalid. What now?", options, interrupt.signal)) {
    case "e":
      return "edit"
    case "u":
      return "undo"
    default:
      return "keep"
  }
}
