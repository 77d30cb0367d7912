// A run's two logs: the agent's output, and what its egress refused and forwarded.

import { existsSync } from "node:fs"
import { join } from "node:path"
import { EGRESS_FILES, runFolders, type Slug } from "@bot-bottle/contracts"
import { SESSION_SOCKET } from "@bot-bottle/contracts/messages/session"
import { isProcessAlive } from "@bot-bottle/kernel"
import { findTerminalSize, transcriptOf } from "../session/transcript.ts"
import { isLive, loadRun, type RunFinder } from "./find-run.ts"
import { type FollowedLog, followLog } from "./follow-log.ts"

export interface LogChoice {
  readonly of: "agent" | "egress"
  /** Also what comes, until the run is over. */
  readonly follow: boolean
}

/** The bytes as they were written. Throws OperatorProblem for an unknown run. */
export async function* readRunLog(
  ledger: RunFinder,
  root: string,
  slug: Slug,
  { of, follow }: LogChoice,
): AsyncGenerator<Uint8Array> {
  await loadRun(ledger, slug)
  // A launcher writes how a run ended after the run's row says so, and closes the session after that. A worker lives
  // on, so its end tells nothing.
  const session = join(runFolders(root, slug).state, SESSION_SOCKET)
  const mayGrow = async () => {
    const run = await loadRun(ledger, slug)
    return isProcessAlive(run.launcher) && (isLive(run) || existsSync(session))
  }
  const log = of === "agent" ? transcriptOf(root, slug) : egressLogOf(root, slug)
  yield* followLog({ ...log, ...(follow ? { mayGrow } : {}) })
}

/** Line by line, as a person saw an agent that was used by hand. Undefined for one without a terminal. */
export async function readRunText(
  ledger: RunFinder,
  root: string,
  slug: Slug,
  { follow }: Pick<LogChoice, "follow">,
): Promise<AsyncGenerator<string> | undefined> {
  await loadRun(ledger, slug)
  const size = findTerminalSize(root, slug)
  if (size === undefined) return undefined
  const { createTerminalText } = await import("../session/terminal-text.ts")
  const text = createTerminalText(size)
  return (async function* () {
    for await (const bytes of readRunLog(ledger, root, slug, { of: "agent", follow })) yield* await text.push(bytes)
    yield* await text.end()
  })()
}

function egressLogOf(root: string, slug: Slug): FollowedLog {
  const { egress } = runFolders(root, slug)
  return { current: join(egress, EGRESS_FILES.events), earlier: join(egress, EGRESS_FILES.earlierEvents) }
}
