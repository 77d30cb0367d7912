// Keeps what a launch was made of, for the summaries of its run.

import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { FORGE_FILES, type LaunchFacts, type RunFolders, runFolders } from "@bot-bottle/contracts"
import { hashPolicy } from "../resolve/launch-hashes.ts"
import type { ResolvedLaunch } from "../resolve/resolve-launch.ts"
import { forgeFolder } from "./compose-sidecar.ts"

/** The folder is there: the sidecar made it. */
export function writeLaunchFacts(
  folders: RunFolders,
  launch: ResolvedLaunch,
  { launchId, startedAtMs }: { readonly launchId: string; readonly startedAtMs: number },
): void {
  const facts: LaunchFacts = {
    launchId,
    startedAt: new Date(startedAtMs).toISOString(),
    policyHash: hashPolicy(launch.routes),
    commit: "",
    routes: launch.routes.filter(({ effect }) => effect === "allow").map(({ host, port }) => `${host}:${port}`),
  }
  writeFileSync(join(forgeFolder(folders), FORGE_FILES.launch), JSON.stringify(facts), { mode: 0o600 })
}

export function launchFactsPath(root: string, slug: string): string {
  return join(forgeFolder(runFolders(root, slug)), FORGE_FILES.launch)
}
