// A host folder of manifests for one test.

import { mkdir, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { OperatorProblem } from "@bot-bottle/contracts"
import { openTempFolder } from "@bot-bottle/testkit"
import { type ManifestLibrary, openManifestLibrary } from "../library.ts"

export const FINE = "---\n---\n"

export interface Host extends AsyncDisposable {
  readonly folder: string
  readonly root: string
  readonly repo: string
  open(): ManifestLibrary
}

export async function hostWith(files: Readonly<Record<string, string>>): Promise<Host> {
  const folder = await openTempFolder()
  const root = join(folder.path, "root")
  const repo = join(folder.path, "repo")
  await mkdir(root)
  await mkdir(repo)
  await write(folder.path, files)
  return {
    folder: folder.path,
    root,
    repo,
    open: () => openManifestLibrary({ root, repoFolder: repo }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

export async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true, mode: 0o700 })
    await writeFile(join(folder, path), text, { mode: 0o600 })
  }
}

export function problemOf(act: () => unknown): readonly [string, string | undefined] | undefined {
  try {
    act()
    return undefined
  } catch (error) {
    if (error instanceof OperatorProblem) return [error.message, error.hint]
    throw error
  }
}

export function bottleOf(template: string): string {
  const line = template === "nonsense-key" ? "nonsense: 1" : `agent_provider: { template: ${template} }`
  return `---\n${line}\n---\n`
}
