// Prepares an operator's folder for a bottle to work in, and gives it back.
//
//   INV-151  Bind mode's own entries in a folder are removed when the run ends, also when its launcher is
//            killed: another process does that, or else the next command.

import {
  type BindPlan,
  type GuardOrder,
  type GuardReport,
  hostProgram,
  linesOf,
  OperatorProblem,
  type ProcessIdentity,
  runFolders,
  SEALED_FOLDER,
  type Slug,
} from "@bot-bottle/contracts"
import { guardReportSchema, MAX_BIND_MESSAGE } from "@bot-bottle/contracts/messages/bind-record"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { identifyProcess, listSettledDescendants } from "@bot-bottle/kernel"
import { findHistoryElsewhere } from "../host-git/linked-repository.ts"
import { type HiddenNames, rulesOf } from "../names/secret-names.ts"
import { isInside } from "../resolve-folder.ts"
import { listBindRecords } from "./bind-record.ts"
import { checkBindable } from "./check-bindable.ts"
import { type BindEnd, finishBind } from "./finish-bind.ts"
import { type HiddenEntry, type PlannedBind, planBind } from "./plan-bind.ts"
import { recoverPendingBinds } from "./recover-pending-binds.ts"

export interface BindRequest {
  readonly folder: string
  readonly root: string
  readonly slug: Slug
  readonly turn: BindTurn
  readonly names: HiddenNames
}

/** Keeps two runs out of one folder. Two that start at the same instant find no record of each other. */
export interface BindTurn {
  /** False when another run has it. */
  take(name: string): Promise<boolean>
  release(name: string): Promise<void>
}

export type BrokenBind =
  /** The host has replaced or removed this path, and with it its protection. */
  | { readonly kind: "unprotected"; readonly path: string }
  /** The guard has died: nobody sees a path of the folder replaced. */
  | { readonly kind: "unguarded"; readonly folder: string }

export interface OpenBind {
  readonly plan: BindPlan
  readonly hidden: readonly HiddenEntry[]
  /** The run is to end. */
  readonly broken: Promise<BrokenBind>
  /** The main process of the bottle that works in the folder. */
  watchOver(bottle: ProcessIdentity): void
  /** Nothing of the run runs any more. Idempotent. */
  close(): Promise<BindEnd>
}

/** Throws OperatorProblem when the folder cannot be protected, or another run works in it. */
export async function openBind({ folder, root, slug, turn, names }: BindRequest): Promise<OpenBind> {
  const { plan, hidden } = await prepareBind(folder, root, names)
  const bound = plan.folder
  const turnName = nameForClaim(bound)
  if (!(await turn.take(turnName))) throw taken(`another run works in ${bound}`)

  // A session of its own: what ends the launcher's group does not end the guard.
  const child = Bun.spawn([...hostProgram(process.execPath, "bind-guard")], {
    cwd: SEALED_FOLDER,
    env: {},
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
    detached: true,
  })
  child.unref()
  const order = (one: GuardOrder) => {
    child.stdin.write(`${JSON.stringify(one)}\n`)
    void child.stdin.flush()
  }
  const ready = Promise.withResolvers<GuardReport | undefined>()
  const broken = Promise.withResolvers<BrokenBind>()
  const unguarded = () => broken.resolve({ kind: "unguarded", folder: bound })
  const ended = readReports(child.stdout, (report) => {
    if (report.kind === "broken") broken.resolve({ kind: "unprotected", path: report.path })
    else if (report.kind !== "ended") ready.resolve(report)
    // After "ready": it could not record the bottle.
    if (report.kind === "failed") unguarded()
  })
  void ended.then(() => {
    ready.resolve(undefined)
    unguarded()
  })
  let closing: Promise<BindEnd> | undefined
  const close = () => {
    closing ??= Promise.resolve(child.stdin.end()).then(async () => {
      const end = (await ended) ?? (await lost(root, slug))
      await turn.release(turnName)
      return end
    })
    return closing
  }
  const { quarantine } = runFolders(root, slug)
  const launcher = identifyProcess(process.pid)
  if (launcher === undefined) throw new Error("This process is not in /proc")
  order({ kind: "guard", root, slug, plan, quarantine, launcher })
  const answer = await ready.promise
  if (answer?.kind === "ready") {
    const watchOver = (bottle: ProcessIdentity) =>
      order({ kind: "bottle", processes: [bottle, ...listSettledDescendants(bottle)] })
    return { plan, hidden, broken: broken.promise, watchOver, close }
  }
  await close()
  throw new OperatorProblem(
    `${bound} cannot be prepared for a bottle: ${answer?.kind === "failed" ? answer.why : "its guard ended"}`,
    { hint: "check the folder's owner and free space, or give the agent a copy: --workspace copy" },
  )
}

/** How the folder would be shown to a bottle. Throws OperatorProblem as `openBind`; puts nothing into the folder. */
export async function prepareBind(folder: string, root: string, names: HiddenNames): Promise<PlannedBind> {
  await recoverPendingBinds(root)
  const bound = checkBindable(folder, root)
  const elsewhere = findHistoryElsewhere(bound)
  if (elsewhere !== undefined) {
    throw new OperatorProblem(`${bound} cannot be bound: ${elsewhere}, which no bottle sees`, {
      hint: "a copy takes the history along: --workspace copy",
    })
  }
  const other = listBindRecords(root).find(({ plan }) => isInside(plan.folder, bound) || isInside(bound, plan.folder))
  if (other !== undefined) throw taken(`run '${other.slug}' works in ${other.plan.folder}`)
  return planBind(bound, rulesOf(names))
}

function taken(why: string): OperatorProblem {
  return new OperatorProblem(why, { hint: "wait for it, or give the agent a copy: --workspace copy" })
}

/** A path may be longer than a name. */
function nameForClaim(folder: string): string {
  return Bun.CryptoHasher.hash("sha256", folder, "hex")
}

/** The guard was killed: this process cleans up instead. */
async function lost(root: string, slug: Slug): Promise<BindEnd> {
  const record = listBindRecords(root).find((one) => one.slug === slug)
  return record === undefined ? { quarantined: [], problems: [] } : finishBind(root, record)
}

/** The guard's last report. Undefined when the guard was killed, or sent something other than a report. */
async function readReports(
  stdout: ReadableStream<Uint8Array>,
  onReport: (report: GuardReport) => void,
): Promise<BindEnd | undefined> {
  for await (const line of linesOf(stdout, { maxLength: MAX_BIND_MESSAGE, unfinished: "dropped" })) {
    const report = parseMessage(guardReportSchema, line, { maxLength: MAX_BIND_MESSAGE })
    if (report.outcome === "invalid") return undefined
    onReport(report.message)
    if (report.message.kind === "ended") return report.message
  }
  return undefined
}
