// The facts of a forge run's launch as they lie on disk, and what is kept of them when the run's files go:
// `why-commit` is asked long after a pull request was merged.

import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { EGRESS_FILES, FORGE_FILES, INTERNAL_HOST, type LaunchFacts, runFolders } from "@bot-bottle/contracts"
import { egressEventSchema, MAX_EGRESS_EVENT } from "@bot-bottle/contracts/messages/egress-event"
import { launchFactsSchema, MAX_LAUNCH_FACTS } from "@bot-bottle/contracts/messages/forge/launch-facts"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"

export function forgeFolderOf(root: string, slug: string): string {
  return join(runFolders(root, slug).state, "forge")
}

export function writeFacts(root: string, slug: string, facts: LaunchFacts): void {
  writeFileSync(join(forgeFolderOf(root, slug), FORGE_FILES.launch), JSON.stringify(facts), { mode: 0o600 })
}

/** Undefined for a run without a forge. */
export function readLaunchFacts(root: string, slug: string): LaunchFacts | undefined {
  const text = readText(join(forgeFolderOf(root, slug), FORGE_FILES.launch))
  const parsed = parseMessage(launchFactsSchema, text, { maxLength: MAX_LAUNCH_FACTS })
  return parsed.outcome === "parsed" ? parsed.message : undefined
}

/** A request to the proxy's own name goes nowhere, so it does not count. */
export function countDenied(root: string, slug: string): number {
  const path = join(runFolders(root, slug).egress, EGRESS_FILES.events)
  const lines = [`${path}.1`, path].flatMap((file) => readText(file).split("\n"))
  return lines.filter((line) => {
    const parsed = parseMessage(egressEventSchema, line, { maxLength: MAX_EGRESS_EVENT })
    return parsed.outcome === "parsed" && parsed.message.kind === "denied" && parsed.message.host !== INTERNAL_HOST
  }).length
}

/** Removes the gate's repositories and the sidecar's files. Call it before the egress log goes. */
export function keepOnlyLaunchFacts(root: string, slug: string): void {
  const facts = readLaunchFacts(root, slug)
  const kept = facts && { ...facts, deniedRequests: facts.deniedRequests ?? countDenied(root, slug) }
  const folder = forgeFolderOf(root, slug)
  for (const name of [FORGE_FILES.gate, FORGE_FILES.queue, FORGE_FILES.checkIn, FORGE_FILES.runRecord])
    rmSync(join(folder, name), { recursive: true, force: true })
  if (kept !== undefined) writeFacts(root, slug, kept)
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return ""
  }
}
