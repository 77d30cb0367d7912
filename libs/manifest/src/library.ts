// The operator's manifests on disk: what exists, and one of them resolved. A file that the
// launch does not use may be broken without stopping it.

import type { AgentManifest, BottleManifest, ManifestProblem, Settings } from "./manifest.ts"

export interface ManifestLibrary {
  /** Names sorted; with the file's problems instead of a value when it does not parse. */
  listAgents(): readonly Listed<AgentManifest>[]
  /** Not composed; `extends` in order. */
  listBottles(): readonly Listed<{ readonly name: string; readonly extends: readonly string[] }>[]
  /** Throws OperatorProblem naming what exists, or every problem of the file. */
  loadAgent(name: string): AgentManifest
  /** Composes the named bottles in order (later wins), each with its ancestors folded in first. */
  loadBottles(names: readonly string[]): BottleManifest
  /** Misplaced files: a repo's bottles/ folder, file names that are no manifest names. */
  readonly warnings: readonly string[]
}

export type Listed<T> =
  | { readonly name: string; readonly outcome: "parsed"; readonly manifest: T }
  | { readonly name: string; readonly outcome: "broken"; readonly problems: readonly ManifestProblem[] }

/** `repoFolder`: the Git top level of the operator's folder, or that folder. */
export function openManifestLibrary(options: { readonly root: string; readonly repoFolder: string }): ManifestLibrary {
  throw new Error(`to be built: ${options.root}`)
}

/** Defaults when the file is absent; throws OperatorProblem listing every problem otherwise. */
export function loadSettings(root: string): Settings {
  throw new Error(`to be built: ${root}`)
}
