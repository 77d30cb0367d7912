// Judges one push from inside its quarantine, forwards it, and says yes only when the remote has it.
//
//   INV-200  Nothing reaches a remote but a fast-forward of one of the run's own branches whose every new
//            object was scanned. A check that fails, times out or cannot run refuses, and a refused push
//            leaves nothing behind.

import { randomUUID } from "node:crypto"
import type { SidecarConfig } from "@bot-bottle/contracts"
import { formatCounted } from "@bot-bottle/contracts"
import type { Detector } from "@bot-bottle/egress"
import { GIT_PUSH, type SemanticLog } from "../calls/semantic-log.ts"
import { readNewCommits } from "./commit-messages.ts"
import {
  decideRefs,
  findClosingCommit,
  findWorkflowFile,
  isCreation,
  type PushRefusal,
  parseRefUpdates,
  type RefUpdate,
  type Refusal,
  refuse,
} from "./decide-push.ts"
import { runGateGit } from "./git-process.ts"
import {
  GateFailure,
  isCommit,
  isFastForward,
  listBases,
  listChangedPaths,
  listNewCommits,
  listNewObjects,
  type PushPlace,
} from "./new-objects.ts"
import { cleanRemoteWords } from "./remote.ts"
import type { GateRepository } from "./repository.ts"
import { scanPush } from "./scan-push.ts"

export interface JudgeOptions {
  readonly config: SidecarConfig
  readonly log: SemanticLog
  readonly knownSecrets: Detector | undefined
  readonly reportFailure: (error: unknown) => void
}

export type PushVerdict =
  | { readonly outcome: "taken"; readonly ref: string; readonly commits: readonly string[]; readonly words: string }
  | Refusal

const SCAN_TIMEOUT_MS = 5 * 60_000
const FORWARD_TIMEOUT_MS = 10 * 60_000
/** In one audit row. */
const MAX_COMMITS_IN_ROW = 200

export async function judgePush(
  repository: GateRepository,
  place: PushPlace,
  stdin: string,
  options: JudgeOptions,
): Promise<PushVerdict> {
  const call = randomUUID()
  const subject = { repository: repository.config.name, call }
  try {
    const permitted = await permitPush(repository, place, stdin, options)
    if (permitted.outcome === "refused") return await record(options.log, subject, permitted)
    const { update, commits, gitleaks } = permitted
    const branch = update.ref.replace("refs/heads/", "")
    const text = `pushed ${formatCounted(commits.length, "commit")} to ${branch}`
    const detail = { ...subject, outcome: "allowed", ref: update.ref, oid: update.newOid, gitleaks } as const
    for (let at = 0; at === 0 || at < commits.length; at += MAX_COMMITS_IN_ROW)
      await options.log.write(GIT_PUSH, { ...detail, text, commits: commits.slice(at, at + MAX_COMMITS_IN_ROW) })
    return await forward(repository, place, update, { options, subject, oids: commits })
  } catch (error) {
    const refusal =
      error instanceof GateFailure
        ? refuse("unreadable", error.message)
        : refuse("unavailable", "the gate failed; try again later")
    if (refusal.reason === "unavailable") options.reportFailure(error)
    return record(options.log, subject, refusal).catch(() => refusal)
  }
}

type Permission =
  | {
      readonly outcome: "permitted"
      readonly update: RefUpdate
      readonly commits: readonly string[]
      readonly gitleaks: "clean" | "not-run"
    }
  | Refusal

async function permitPush(
  { config: own }: GateRepository,
  place: PushPlace,
  stdin: string,
  options: JudgeOptions,
): Promise<Permission> {
  const { config, knownSecrets } = options
  const updates = parseRefUpdates(stdin)
  if (updates === undefined) return refuse("unreadable", "the push's list of branches cannot be read")
  const decided = decideRefs(updates, own)
  if (decided.outcome === "refused") return decided
  const { update } = decided
  if (!isCreation(update) && !(await isFastForward(place, update.oldOid, update.newOid)))
    return refuse("not-fast-forward", "history is not rewritten through the gate: merge, then push again")

  if (!(await isCommit(place, update.newOid)))
    return refuse("not-a-commit", "a branch points to a commit, and this is another object")
  const commits = await listNewCommits(place, update.newOid)
  const workflow = own.allowsWorkflows ? undefined : findWorkflowFile(await listChangedPaths(place, commits))
  if (workflow !== undefined)
    return refuse("workflow-files", `${JSON.stringify(workflow)} is a workflow file, which this run may not change`)
  const closing =
    config.forge === undefined
      ? undefined
      : findClosingCommit(await readNewCommits(place, commits), {
          assignedIssue: config.forge.issueNumber ?? 0,
          repository: own.name,
        })
  if (closing !== undefined)
    return refuse(
      "closes-other-issue",
      `commit ${closing.oid.slice(0, 12)} would close another issue; change the line: ${closing.line}`,
    )
  if (config.gitleaks === undefined && config.requireGitleaks)
    return refuse("gitleaks-required", "pushes need gitleaks, which is not installed on the host")

  const scanned = await scanPush({
    place,
    objects: await listNewObjects(place, update.newOid),
    bases: await listBases(place, update.newOid),
    folder: config.folder,
    gitleaks: config.gitleaks,
    knownSecrets,
    timeoutMs: SCAN_TIMEOUT_MS,
  })
  switch (scanned.outcome) {
    case "failed":
      return refuse("scan-failed", `the push could not be scanned: ${scanned.problem}`)
    case "found":
      return refuse(
        "secrets",
        ["the push holds secrets; remove them from every commit:", ...scanned.findings].join("\n  "),
      )
    case "clean":
      return { outcome: "permitted", update, commits, gitleaks: scanned.gitleaks }
  }
}

interface ForwardContext {
  readonly options: JudgeOptions
  readonly subject: { readonly repository: string; readonly call: string }
  readonly oids: readonly string[]
}

async function forward(
  { config, remoteEnv }: GateRepository,
  place: PushPlace,
  update: RefUpdate,
  context: ForwardContext,
): Promise<PushVerdict> {
  const args = [
    "push",
    "--no-verify",
    "--no-follow-tags",
    "--recurse-submodules=no",
    config.url,
    `${update.newOid}:${update.ref}`,
  ]
  const env = { ...place.quarantine, ...remoteEnv }
  const pushed = await runGateGit(place.gitDir, args, { env, timeoutMs: FORWARD_TIMEOUT_MS })
  const words = cleanRemoteWords(remoteLines(pushed.stderr), config)
  if (pushed.exitCode === 0) return { outcome: "taken", ref: update.ref, commits: context.oids, words }
  const why = pushed.timedOut ? "the remote did not answer in time" : `the remote refused the push\n${words}`
  const { options, subject } = context
  await options.log.write(GIT_PUSH, {
    ...subject,
    outcome: "failed",
    reason: "remote-refused",
    text: `failed push to ${branchOf(update.ref)}: refused by the remote`,
  })
  return refuse("remote-refused", why.trimEnd())
}

async function record(log: SemanticLog, subject: ForwardContext["subject"], refusal: Refusal): Promise<Refusal> {
  const text = `refused push to ${subject.repository}: ${WORDS[refusal.reason]}`
  await log.write(GIT_PUSH, { ...subject, outcome: "refused", reason: refusal.reason, text })
  return refusal
}

const WORDS: Readonly<Record<PushRefusal, string>> = {
  "read-only": "the repository is read-only",
  "several-refs": "several branches at once",
  "not-own-branch": "not a branch of the run",
  "not-a-commit": "not a commit",
  deletion: "deletion of a branch",
  "not-fast-forward": "rewritten history",
  "workflow-files": "workflow files",
  "closes-other-issue": "a commit message closes another issue",
  secrets: "secrets found",
  "scan-failed": "the scan failed",
  "gitleaks-required": "gitleaks is not installed",
  "remote-refused": "the remote refused",
  unreadable: "unreadable objects",
  unavailable: "the gate failed",
}

/** The remote's own message, and Git's last line about it. */
function remoteLines(stderr: string): string {
  const lines = stderr.split(/\r?\n/).map((line) => line.trimEnd())
  const said = lines.filter((line) => line.startsWith("remote:")).map((line) => line.slice("remote:".length).trim())
  const rejected = lines.filter((line) => /^\s*!|^(?:fatal|error):/.test(line)).map((line) => line.trim())
  return [...said, ...rejected].filter((line) => line !== "").join("\n")
}

function branchOf(ref: string): string {
  return ref.replace("refs/heads/", "")
}
