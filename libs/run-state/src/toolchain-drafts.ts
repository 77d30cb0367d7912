// Toolchain installations that were killed half-way: a draft is a leftover when nobody holds the
// turn to install what it was to become.

import { rmSync } from "node:fs"
import { join } from "node:path"
import { claim, identifyProcess } from "@bot-bottle/kernel"
import { Glob } from "bun"
import { toolchainClaims } from "./toolchain.ts"

/** Absolute paths. Takes the turn of each from now on: an installation that comes meanwhile waits for this process. */
export function claimToolchainDrafts(root: string): readonly string[] {
  const self = identifyProcess(process.pid)
  if (self === undefined) throw new Error("This process is not in /proc")
  const toolchains = join(root, "toolchains")
  try {
    const drafts = [...new Glob("*/*.draft").scanSync({ cwd: toolchains, onlyFiles: false, absolute: true })]
    return drafts
      .filter((draft) => claim(toolchainClaims(root), draft.replace(/\.\d+\.draft$/, ""), self) === "claimed")
      .toSorted()
  } catch (error) {
    // No toolchain has ever been installed.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return []
    throw error
  }
}

export function removeToolchainDraft(draft: string): void {
  rmSync(draft, { recursive: true, force: true })
}
