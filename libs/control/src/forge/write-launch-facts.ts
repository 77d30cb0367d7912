// Keeps what a launch was made of, for the summaries of its run.

import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { FORGE_FILES, forgeWebUrl, type LaunchFacts, type RunFolders, runFolders } from "@bot-bottle/contracts"
import { hashPolicy } from "../resolve/launch-hashes.ts"
import type { ResolvedLaunch } from "../resolve/resolve-launch.ts"
import { forgeFolder } from "./compose-sidecar.ts"
import type { ForgeContext } from "./forge-context.ts"
import { findOwnCommit } from "./own-commit.ts"

/** The folder is there: the sidecar made it. */
export function writeLaunchFacts(
  folders: RunFolders,
  launch: ResolvedLaunch,
  forge: ForgeContext,
  startedAtMs: number,
): void {
  const facts: LaunchFacts = {
    launchId: forge.launchId,
    startedAt: new Date(startedAtMs).toISOString(),
    policyHash: hashPolicy(launch.routes),
    commit: findOwnCommit(),
    forge: {
      owner: forge.owner,
      repo: forge.repo,
      issueNumber: forge.issueNumber,
      webUrl: forgeWebUrl(forge.api),
    },
    routes: launch.routes.filter(({ effect }) => effect === "allow").map(({ host, port }) => `${host}:${port}`),
  }
  writeFileSync(join(forgeFolder(folders), FORGE_FILES.launch), JSON.stringify(facts), { mode: 0o600 })
}

export function launchFactsPath(root: string, slug: string): string {
  return join(forgeFolder(runFolders(root, slug)), FORGE_FILES.launch)
}
