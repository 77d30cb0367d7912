// What `kill` leaves of a run's folder: the metadata. Everything the agent could write goes.

import { rmSync } from "node:fs"
import { runFolders } from "@bot-bottle/bottle"
import type { Slug } from "@bot-bottle/contracts"

export function removeRunFiles(root: string, slug: Slug): void {
  const { egress, door, home, workspace, transcript, etc } = runFolders(root, slug)
  for (const folder of [egress, door, home, workspace, transcript, etc])
    rmSync(folder, { recursive: true, force: true })
}
