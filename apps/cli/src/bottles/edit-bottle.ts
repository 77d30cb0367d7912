// Changes the routes in a bottle's file: the operator sees the lines that change and says yes, the
// file is replaced whole, and running runs of the bottle are reloaded.

import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs"
import { OperatorProblem, type Run, type Slug, sanitizeLine } from "@bot-bottle/contracts"
import { findRepoFolder, openHostLedger } from "@bot-bottle/control"
import {
  asOperatorProblem,
  type EditedFile,
  listChanges,
  type ManifestLibrary,
  openManifestLibrary,
  type RouteEdit,
  type RouteSpec,
  shownPath,
} from "@bot-bottle/manifest"
import type { Host } from "../host.ts"
import { ledgerHost } from "../ledger-host.ts"
import { printWrapped } from "../terminal/print-wrapped.ts"
import type { Screen } from "../terminal/screen.ts"

export interface BottleFile extends EditedFile {
  /** Composed with its ancestors. */
  readonly routes: readonly RouteSpec[]
}

/** A new text for the file, shown to nobody yet. */
export interface BottleChange {
  readonly bottle: BottleFile
  readonly text: string
}

export function openLibraryOf({ env }: Pick<Host, "env">): ManifestLibrary {
  return openManifestLibrary({ root: env.root, repoFolder: findRepoFolder(env.cwd) })
}

/** Throws OperatorProblem for an unknown bottle. */
export function loadBottleFile(library: ManifestLibrary, name: string): BottleFile {
  const file = library.findFiles(name).find(({ kind }) => kind === "bottle")?.file
  if (file === undefined) throw new OperatorProblem(`unknown bottle '${name}'`, { hint: "see 'bot-bottle info'" })
  const text = readFileSync(file, "utf8")
  return { name, file, text, providers: library.providers, routes: library.loadBottles([name]).routes }
}

/** The bottle that a run was started with last. Throws OperatorProblem when its file is gone. */
export function bottleOfRun(library: ManifestLibrary, { slug, bottles }: Pick<Run, "slug" | "bottles">): string {
  const known = library.listBottles().map(({ name }) => name)
  const name = bottles.at(-1)
  if (name !== undefined && known.includes(name)) return name
  throw new OperatorProblem(`run '${slug}' has no bottle file any more`, { hint: `bottles: ${known.join(", ")}` })
}

/** Undefined when the file says so already. */
export function changeOf(bottle: BottleFile, edit: RouteEdit): BottleChange | undefined {
  switch (edit.outcome) {
    case "broken":
      throw asOperatorProblem(edit.problems)
    case "denied-here":
      throw new OperatorProblem(`${shownPath(bottle.file)}:${edit.line} denies this host`, {
        hint: `remove that rule: bot-bottle edit ${bottle.name}`,
      })
    case "unchanged":
      return undefined
    case "edited":
      return { bottle, text: edit.text }
  }
}

export function showChange(screen: Screen, { bottle, text }: BottleChange): void {
  screen.print(shownPath(bottle.file))
  showLines(screen, bottle.text, text)
}

/** The lines that differ. */
export function showLines(screen: Screen, before: string, after: string): void {
  for (const { sign, line, text: shown } of listChanges(before, after)) {
    const color = sign === "+" ? "green" : "red"
    const text = `  ${sign} ${String(line).padStart(3)}  ${sanitizeLine(shown)}`
    printWrapped(screen, screen.paint.named(color, text), { hang: 7 })
  }
}

/** Atomic; refuses to overwrite an edit made meanwhile. */
export function writeChange({ bottle: { file, text: before }, text }: BottleChange): void {
  if (readFileSync(file, "utf8") !== before) {
    throw new OperatorProblem(`${shownPath(file)} has changed meanwhile`, { hint: "run the command again" })
  }
  const draft = `${file}.${process.pid}.draft`
  writeFileSync(draft, text, { mode: statSync(file).mode & 0o777, flag: "wx" })
  renameSync(draft, file)
}

/** The exit code: 1 when a run keeps the policy it had. */
export async function reloadRunsOf(host: Host, bottle: string): Promise<number> {
  const slugs = await listRunningIn(host, bottle)
  const { runReload } = await import("../commands/runs/reload.ts")
  let exitCode = 0
  for (const slug of slugs) {
    try {
      await runReload(host, slug)
    } catch (error) {
      if (!(error instanceof OperatorProblem)) throw error
      exitCode = 1
      host.screen.note(`bot-bottle: error: ${error.message}`)
    }
  }
  if (slugs.length === 0) host.screen.print(`${bottle}: written; it holds from the next start`)
  return exitCode
}

async function listRunningIn(host: Host, bottle: string): Promise<readonly Slug[]> {
  await using ledger = await openHostLedger(ledgerHost(host))
  const uses = ({ bottles, ancestors }: Run) => bottles.includes(bottle) || ancestors.includes(bottle)
  return (await ledger.listRuns({ all: false }))
    .filter((run) => run.host === ledger.host && isRunning(run))
    .filter(uses)
    .map(({ slug }) => slug)
}

function isRunning({ status }: Run): boolean {
  return status === "running" || status === "cut"
}
