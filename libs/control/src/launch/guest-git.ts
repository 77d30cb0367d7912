// Git's files in a bottle's /etc: who commits, what is overlooked, how lines end, as the operator
// has it. They stand below what a repository or the agent sets.

import { writeFileSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import { GUEST_GIT_FILES } from "@bot-bottle/bottle"
import type { RunFolders } from "@bot-bottle/contracts"
import type { HostEnv } from "../host.ts"

/** Writes the files. */
export type WriteGuestGit = (folders: RunFolders) => void

/** Separate from the writing: Git is asked while the run's folders are made. */
export async function readGuestGit(env: HostEnv): Promise<WriteGuestGit> {
  const { composeGuestGitConfig, composeGuestLfsConfig, LFS_CLEAN, loadOperatorGit } = await import(
    "@bot-bottle/workspace/start"
  )
  const settings = await loadOperatorGit({
    home: env.find("HOME") ?? homedir(),
    configHome: env.find("XDG_CONFIG_HOME"),
    folder: env.cwd,
    systemFile: "/etc/gitconfig",
  })
  const { config, excludes, lfs } = GUEST_GIT_FILES
  const text = composeGuestGitConfig(settings, `/etc/${excludes}`) + composeGuestLfsConfig(`/etc/${lfs}`)
  return ({ etc }) => {
    writeFileSync(join(etc, config), text)
    writeFileSync(join(etc, excludes), settings.excludes ?? "")
    writeFileSync(join(etc, lfs), LFS_CLEAN)
  }
}
