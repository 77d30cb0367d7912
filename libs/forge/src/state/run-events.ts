// Reads what a run's sidecar left on disk: its events, its check-in, and whether it answers.

import { join } from "node:path"
import { type DoneEvent, doneEventFile, FORGE_FILES, runFolders } from "@bot-bottle/contracts"
import { forgeEventSchema, MAX_FORGE_EVENT } from "@bot-bottle/contracts/messages/forge/forge-event"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { changedAtIfThere, listIfThere, readIfThere } from "./read-if-there.ts"

export async function findDone(root: string, slug: string, launchId: string): Promise<DoneEvent | undefined> {
  const event = await readEvent(join(queueOf(root, slug), doneEventFile(launchId)))
  return event?.kind === "done" ? event : undefined
}

/** The pull request that the run's agent opened last. */
export async function findOpenedPullRequest(root: string, slug: string): Promise<number | undefined> {
  const queue = queueOf(root, slug)
  const names = await listIfThere(queue)
  const events = await Promise.all(names.map((name) => readEvent(join(queue, name))))
  const numbers = events.flatMap((event) => (event?.kind === "pull-request" ? [event.number] : []))
  return numbers.length === 0 ? undefined : Math.max(...numbers)
}

/** The time in the file; of one that holds none, the file's own. 0 when there is no file. */
export async function readCheckIn(root: string, slug: string): Promise<number> {
  const path = join(folderOf(root, slug), FORGE_FILES.checkIn)
  const [text = "", changedAtMs = 0] = await Promise.all([readIfThere(path), changedAtIfThere(path)])
  const written = Date.parse(text.trim())
  return Number.isNaN(written) ? changedAtMs : written
}

/** A process that died leaves its socket, which then refuses. */
export async function doesSidecarAnswer(root: string, slug: string): Promise<boolean> {
  try {
    const socket = await Bun.connect({
      unix: join(folderOf(root, slug), FORGE_FILES.forgeSocket),
      socket: { data: () => undefined },
    })
    socket.end()
    return true
  } catch {
    return false
  }
}

async function readEvent(path: string) {
  const text = await readIfThere(path)
  const parsed = text === undefined ? undefined : parseMessage(forgeEventSchema, text, { maxLength: MAX_FORGE_EVENT })
  return parsed?.outcome === "parsed" ? parsed.message : undefined
}

function folderOf(root: string, slug: string): string {
  return join(runFolders(root, slug).state, "forge")
}

function queueOf(root: string, slug: string): string {
  return join(folderOf(root, slug), FORGE_FILES.queue)
}
