// Toolchain installations that were killed half-way: a draft is a leftover when nobody has the
// turn to install the version that it was to become.

import { rmSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { ifThere } from "@bot-bottle/kernel"
import { Glob } from "bun"
import { toolchainName } from "./toolchain.ts"

export interface ToolchainDraft {
  /** Absolute. */
  readonly path: string
  /** Of the turn that its installer holds. */
  readonly turn: string
}

export function listToolchainDrafts(root: string): readonly ToolchainDraft[] {
  const toolchains = join(root, "toolchains")
  const drafts = new Glob("*/*.draft")
  // The folder is absent until the first toolchain is installed.
  const paths = ifThere(() => [...drafts.scanSync({ cwd: toolchains, onlyFiles: false, absolute: true })]) ?? []
  return paths.toSorted().map((path) => ({ path, turn: turnOf(path) }))
}

export function removeToolchainDraft({ path }: ToolchainDraft): void {
  rmSync(path, { recursive: true, force: true })
}

function turnOf(path: string): string {
  return toolchainName({ provider: basename(dirname(path)), version: basename(path).replace(/\.\d+\.draft$/, "") })
}
