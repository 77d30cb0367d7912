// A bottle's policy as a table that can be asked, with its file for edits.

import { OperatorProblem } from "@bot-bottle/contracts"
import { findRepoFolder, listBottleRoutes } from "@bot-bottle/control"
import { type BottleManifest, openManifestLibrary } from "@bot-bottle/manifest"
import { type PolicyTable, tableOf } from "@bot-bottle/policy"
import type { Host } from "../host.ts"

export interface BottlePolicy {
  /** The last of `names`: edits go there. */
  readonly name: string
  /** Merged in order. */
  readonly names: readonly string[]
  readonly manifest: BottleManifest
  readonly table: PolicyTable
}

/** Throws OperatorProblem for a bottle that is unknown or broken. */
export async function loadBottlePolicy({ env }: Host, names: readonly string[]): Promise<BottlePolicy> {
  const name = names.at(-1)
  if (name === undefined)
    throw new OperatorProblem("no bottle is named", {
      exitCode: 2,
      hint: "name one with --bottle, such as --bottle dev",
    })
  const library = openManifestLibrary({ root: env.root, repoFolder: findRepoFolder(env.cwd) })
  const manifest = library.loadBottles(names)
  return { name, names, manifest, table: tableOf(await listBottleRoutes(manifest, env.root)) }
}
