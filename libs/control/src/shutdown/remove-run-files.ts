// Removes a killed run's files; only the metadata stays. Everything the agent could write goes,
// however it is made: folders nested by the ten thousand, and folders that it made read-only.
//
// By rm(1), which never follows a symlink and takes deep trees in one pass; Bun's own removal
// needs time by the square of the depth: hours for what an agent builds in a second.

import { join } from "node:path"
import { OperatorProblem, runFolders, type Slug } from "@bot-bottle/contracts"
import { SESSION_SOCKET } from "@bot-bottle/contracts/messages/session"
import { findTool } from "@bot-bottle/kernel"
import { keepOnlyLaunchFacts } from "../forge/launch-facts.ts"
import { LAUNCH_MARK_FILE } from "../launch/launch-mark.ts"
import { LAUNCH_RECORD_FILE } from "../launch/launch-record.ts"

export function removeRunFiles(root: string, slug: Slug): void {
  keepOnlyLaunchFacts(root, slug)
  const { state, egress, guestShare, home, workspace, transcript, etc, baseline, quarantine } = runFolders(root, slug)
  removeAll(slug, state, [
    egress,
    guestShare,
    home,
    workspace,
    transcript,
    etc,
    baseline,
    quarantine,
    join(state, SESSION_SOCKET),
    join(state, LAUNCH_RECORD_FILE),
    join(state, LAUNCH_MARK_FILE),
  ])
}

/** The whole of it, metadata included: for a folder that belongs to no run. */
export function removeRunFolder(root: string, slug: Slug): void {
  const { state } = runFolders(root, slug)
  removeAll(slug, state, [state])
}

function removeAll(slug: Slug, state: string, folders: readonly string[]): void {
  const first = remove(folders)
  if (first === undefined) return
  // Go's module cache, for one, takes the owner's right to write. The second try decides.
  Bun.spawnSync([findTool("chmod") ?? "chmod", "-R", "u+rwX", "--", ...folders], {
    stdio: ["ignore", "ignore", "ignore"],
  })
  const second = remove(folders)
  if (second === undefined) return
  throw new OperatorProblem(`Cannot remove the files of ${slug}: ${second}`, { hint: `remove ${state} by hand` })
}

/** The first message of rm when something is left. */
function remove(folders: readonly string[]): string | undefined {
  const { exitCode, stderr } = Bun.spawnSync([findTool("rm") ?? "rm", "-rf", "--one-file-system", "--", ...folders], {
    stdio: ["ignore", "ignore", "pipe"],
  })
  return exitCode === 0 ? undefined : JSON.stringify(stderr.toString().split("\n", 1)[0])
}
