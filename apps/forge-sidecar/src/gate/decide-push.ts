// Decides the effect of a push on a repository's branches, before any of its contents are read.
// Pure.

import type { SidecarRepository } from "@bot-bottle/contracts"
import { findForeignClosing } from "@bot-bottle/forge"

export interface RefUpdate {
  readonly oldOid: string
  readonly newOid: string
  readonly ref: string
}

export type PushRefusal =
  | "read-only"
  | "several-refs"
  | "not-own-branch"
  | "not-a-commit"
  | "deletion"
  | "not-fast-forward"
  | "workflow-files"
  | "closes-other-issue"
  | "secrets"
  | "scan-failed"
  | "gitleaks-required"
  | "remote-refused"
  | "unreadable"
  | "unavailable"

export interface Refusal {
  readonly outcome: "refused"
  readonly reason: PushRefusal
  /** For the agent; each line is shown with `remote:` before it. */
  readonly message: string
}

const ZERO = /^0+$/

export function isCreation({ oldOid }: RefUpdate): boolean {
  return ZERO.test(oldOid)
}

/** `git receive-pack` gives one line for each ref: `<old> <new> <ref>`. Undefined for anything else. */
export function parseRefUpdates(text: string): readonly RefUpdate[] | undefined {
  const lines = text.split("\n").filter((line) => line !== "")
  const updates = lines.map((line) => /^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) (\S+)$/.exec(line))
  return updates.every((update) => update !== null)
    ? updates.map(([, oldOid = "", newOid = "", ref = ""]) => ({ oldOid, newOid, ref }))
    : undefined
}

/** The one update of the push, or why there is none to make. */
export function decideRefs(
  updates: readonly RefUpdate[],
  { branchPrefix, isWritable }: Pick<SidecarRepository, "branchPrefix" | "isWritable">,
): { readonly outcome: "permitted"; readonly update: RefUpdate } | Refusal {
  if (!isWritable) return refuse("read-only", "this repository is read-only for the run")
  const [update] = updates
  if (update === undefined || updates.length > 1) return refuse("several-refs", "push one branch at a time")
  const own = `refs/heads/${branchPrefix}`
  if (!update.ref.startsWith(own) || update.ref.length === own.length)
    return refuse("not-own-branch", `push to a branch of this run: ${branchPrefix}<name>`)
  if (ZERO.test(update.newOid)) return refuse("deletion", "branches are not deleted through the gate")
  return { outcome: "permitted", update }
}

const WORKFLOW = /^\.(?:gitea|github|forgejo)(?:\/workflows(?:\/|$)|$)/i

/** Files that a forge would run, and what could stand for their folder. */
export function findWorkflowFile(paths: readonly string[]): string | undefined {
  return paths.find((path) => WORKFLOW.test(path))
}

/** A keyword in a commit message acts when the commit reaches the default branch. */
export function findClosingCommit(
  commits: readonly { readonly oid: string; readonly messages: readonly string[] }[],
  rules: { readonly assignedIssue: number; readonly repository: string },
): { readonly oid: string; readonly line: string } | undefined {
  for (const { oid, messages } of commits)
    for (const message of messages) {
      const found = findForeignClosing(message, rules)
      if (found !== undefined) return { oid, line: found.text }
    }
  return undefined
}

export function refuse(reason: PushRefusal, message: string): Refusal {
  return { outcome: "refused", reason, message }
}
