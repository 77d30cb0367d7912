// The queue through which a run tells the orchestrator what happened. An event is a file: it is
// there whole or not at all, and it waits while no orchestrator runs.

import { randomUUID } from "node:crypto"
import { link, mkdir, open, rm } from "node:fs/promises"
import { join } from "node:path"
import {
  type DoneStatus,
  doneEventFile,
  FORGE_FILES,
  type ForgeEvent,
  PULL_REQUEST_EVENT_FILE,
} from "@bot-bottle/contracts"

export interface DoneQueue {
  /** One for each launch: the first stands, later ones change nothing. */
  signalDone(status: DoneStatus, summary: string): Promise<{ readonly already: boolean }>
  addPullRequest(number: number): Promise<void>
}

export function createDoneQueue(
  folder: string,
  options: { readonly launchId: string; readonly nowMs: () => number },
): DoneQueue {
  const { launchId, nowMs } = options
  const queue = join(folder, FORGE_FILES.queue)

  /** False when the name is taken. */
  async function publish(name: string, event: ForgeEvent): Promise<boolean> {
    await mkdir(queue, { recursive: true, mode: 0o700 })
    const draft = join(queue, `.${randomUUID()}.tmp`)
    try {
      await using file = await open(draft, "wx", 0o600)
      await file.writeFile(JSON.stringify(event))
      await file.sync()
      // Unlike a rename, a link does not replace what is there.
      await link(draft, join(queue, name))
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false
      throw error
    } finally {
      await rm(draft, { force: true })
    }
  }

  return {
    async signalDone(status, summary) {
      const at = new Date(nowMs()).toISOString()
      const isFirst = await publish(doneEventFile(launchId), { kind: "done", launchId, status, summary, at })
      return { already: !isFirst }
    },
    async addPullRequest(number) {
      await publish(PULL_REQUEST_EVENT_FILE.replace(".json", `-${number}.json`), { kind: "pull-request", number })
    },
  }
}
