// Keeps what a launch was made of, for the summaries of its run.

import { forgeWebUrl, formatAuthority, type Slug } from "@bot-bottle/contracts"
import { hashPolicy } from "../resolve/launch-hashes.ts"
import { listOpenRoutes } from "../resolve/open-routes.ts"
import type { ResolvedLaunch } from "../resolve/resolve-launch.ts"
import type { ForgeContext } from "./forge-context.ts"
import { writeFacts } from "./launch-facts.ts"
import { findOwnCommit } from "./own-commit.ts"

/** The folder is there: the sidecar made it. */
export function writeLaunchFacts(
  run: { readonly root: string; readonly slug: Slug },
  launch: ResolvedLaunch,
  forge: ForgeContext,
  startedAtMs: number,
): void {
  writeFacts(run.root, run.slug, {
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
    routes: listOpenRoutes(launch.routes).map((route) => formatAuthority(route)),
  })
}
