// Manifest files on disk: which names a folder offers, and the text of one of them.
//
// A repository's folder is as untrusted as the repository. Links are judged by where they
// lead, and only plain files of a sane size are opened, so no FIFO or device is waited for.

import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readFileSync, realpathSync } from "node:fs"
import { dirname, join } from "node:path"
import { OperatorProblem } from "@bot-bottle/contracts"
import { findOwnershipProblem } from "./host-root.ts"
import type { ManifestProblem } from "./manifest.ts"
import { isManifestName } from "./names.ts"
import { asOperatorProblem, quoted, shownPath } from "./problem.ts"

export interface FolderListing {
  /** Sorted. */
  readonly names: readonly string[]
  /** File names that are not valid manifest names. */
  readonly skipped: readonly string[]
}

const MAX_BYTES = 1024 * 1024

/** The manifests of a folder; none when it does not exist. Throws OperatorProblem when it is a link or no folder. */
export function listManifestFolder(folder: string): FolderListing {
  const stats = lstatSync(folder, { throwIfNoEntry: false })
  if (!stats) return { names: [], skipped: [] }
  if (!stats.isDirectory()) {
    const what = stats.isSymbolicLink() ? "is a symbolic link" : "is not a folder"
    throw new OperatorProblem(`${shownPath(folder)} ${what}; manifests are read from a real folder only`, {
      hint: "move the manifests into it, or set BOT_BOTTLE_HOME to where they are",
    })
  }
  const files = readdirSync(folder).sort()
  const nameOf = (file: string) => (file.endsWith(".md") ? file.slice(0, -".md".length) : undefined)
  const isName = (file: string) => isManifestName(nameOf(file) ?? "")
  return {
    names: files.filter(isName).map((file) => nameOf(file) ?? ""),
    // Editors and desktops leave dot files; they never meant to be manifests.
    skipped: files.filter((file) => !isName(file) && (!file.startsWith(".") || file.endsWith(".md"))),
  }
}

export function describeSkipped(folder: string, file: string): string {
  return `${shownPath(folder)}/${quoted(file).slice(1, -1)} is skipped: a manifest is called <name>.md, and the name must match [a-z][a-z0-9-]*`
}

export type TextResult =
  | { readonly outcome: "read"; readonly text: string }
  | { readonly outcome: "broken"; readonly problems: readonly ManifestProblem[] }

/** `operatorOwned`: a file that another user can write is broken. */
export function readManifestText(file: string, options: { readonly operatorOwned: boolean }): TextResult {
  let opened: number
  try {
    const real = realpathSync(file)
    if (dirname(real) !== realpathSync(dirname(file))) {
      return broken(file, "is a symbolic link that leads out of its folder", "put the file itself there")
    }
    // The link was resolved above; O_NONBLOCK so that opening a FIFO returns.
    opened = openSync(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    return broken(file, `cannot be read (${codeOf(error)})`)
  }
  try {
    const stats = fstatSync(opened)
    if (!stats.isFile()) return broken(file, "is not a regular file")
    const foreign = options.operatorOwned ? findOwnershipProblem(file, stats) : undefined
    if (foreign) return broken(file, foreign.message, foreign.hint)
    if (stats.size > MAX_BYTES) return broken(file, "is larger than 1 MiB")
    const text = decodeText(readFileSync(opened))
    return text === undefined ? broken(file, "is not UTF-8 text") : { outcome: "read", text }
  } finally {
    closeSync(opened)
  }
}

/** Throws what an outcome says. */
export function expectText(result: TextResult): string {
  if (result.outcome === "broken") throw asOperatorProblem(result.problems)
  return result.text
}

/** Metered providers that the operator's plugins add: `contrib/<name>/provider.ts`. */
export function listPluginNames(root: string): readonly string[] {
  const contrib = join(root, "contrib")
  if (!lstatSync(contrib, { throwIfNoEntry: false })?.isDirectory()) return []
  return readdirSync(contrib)
    .filter((name) => isManifestName(name))
    .filter((name) => lstatSync(join(contrib, name, "provider.ts"), { throwIfNoEntry: false })?.isFile() === true)
    .sort()
}

function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch {
    return undefined // the only thing it throws for
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown error"
}

function broken(file: string, message: string, hint?: string): TextResult {
  return { outcome: "broken", problems: [{ file, message, ...(hint && { hint }) }] }
}
