// Resumes a parked run as it was launched. One process does it for a run. A run that cannot be resumed
// is marked, so that not every later command tries again.

import { type ResumeFlags, type Run, runFolders } from "@bot-bottle/contracts"
import { isProcessAlive } from "@bot-bottle/kernel"
import type { Ledger } from "@bot-bottle/ledger"
import { findProvider } from "@bot-bottle/providers"
import { findRunMetadata, hasHomeFile } from "@bot-bottle/run-state"
import { findLaunchRecord } from "../launch/launch-record.ts"
import { loadOwnIdentity } from "../launch/own-identity.ts"
import { CONTINUE_PROMPT } from "./continue-prompt.ts"

/** As the run was launched: headless, or at a terminal that somebody may attach to. */
export function resumeFlagsOf(root: string, { slug, provider }: Run): ResumeFlags {
  const folders = runFolders(root, slug)
  const record = findLaunchRecord(root, slug)
  const isHeadless = findRunMetadata(folders.state)?.mode === "headless"
  const { conversation } = findProvider(provider) ?? {}
  const task = record?.prompt
  // An agent that was refused before it wrote down its task is told it again.
  const remembers =
    task === undefined ||
    (conversation !== undefined && hasHomeFile(folders.home, conversation, JSON.stringify(task).slice(1, -1)))
  const prompt = remembers ? CONTINUE_PROMPT : task
  return { slug, agentArguments: [], prompt, ...(isHeadless ? { headless: true } : { yes: true }) }
}

export type ResumeOutcome =
  | { readonly outcome: "resumed" }
  /** Another process is at it. */
  | { readonly outcome: "taken" }
  | { readonly outcome: "failed"; readonly error: unknown }

export async function resumeParked(ledger: Ledger, run: Run, resume: () => Promise<void>): Promise<ResumeOutcome> {
  const turn = { kind: "resume", name: run.slug, holder: loadOwnIdentity() } as const
  if ((await ledger.claim(turn, isProcessAlive)) !== "claimed") return { outcome: "taken" }
  try {
    await resume()
    return { outcome: "resumed" }
  } catch (error) {
    await noteFailed(ledger, run, error)
    return { outcome: "failed", error }
  } finally {
    await ledger.releaseClaim(turn)
  }
}

async function noteFailed(ledger: Ledger, { slug }: Run, error: unknown): Promise<void> {
  const why = error instanceof Error ? error.message : String(error)
  await ledger.appendAudit({ slug, kind: "resume-failed", actor: "bot-bottle", detail: { error: why } })
  const now = await ledger.findRun(slug)
  if (now?.status === "frozen") await ledger.updateRunAsSeen(now, { status: "frozen", endReason: "resume-failed" })
}
