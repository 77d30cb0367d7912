// The plan of `cleanup` for this host, over all backends: found and worded, nothing done yet.
//
// Each step checks its subject once more when its turn comes: between the plan and the operator's
// yes a run may have been resumed.
//
//   Nothing of a run that lives, is being launched, or is frozen is ended or removed, and nothing of an
//   ended one before its time, unless no run of the ledger owns it.

import { lstatSync, readdirSync } from "node:fs"
import { join } from "node:path"
import {
  type Backend,
  type FoundBottle,
  listOrphanCgroups,
  type OrphanCgroup,
  removeOrphanCgroup,
} from "@bot-bottle/bottle"
import {
  formatAge,
  isSlug,
  OperatorProblem,
  type ProcessIdentity,
  type Run,
  runFolders,
  type Slug,
} from "@bot-bottle/contracts"
import { ifThere, isProcessAlive, killProcess } from "@bot-bottle/kernel"
import type { Ledger } from "@bot-bottle/ledger"
import { listToolchainDrafts, removeToolchainDraft, type ToolchainDraft } from "@bot-bottle/run-state"
import { CLEANED_UP, isGone, isLive } from "../client/find-run.ts"
import { turnOf } from "../launch/claims.ts"
import { isBeingLaunched } from "../launch/launch-mark.ts"
import { removeRunFiles, removeRunFolder } from "../shutdown/remove-run-files.ts"

export interface CleanupStep {
  /** For a person, and for `--json`. */
  readonly kind: "bottle" | "process" | "folder" | "ended-run" | "toolchain" | "cgroup"
  readonly what: string
  readonly why: string
  /** Of one that removes files. */
  readonly folder?: string
  /** `kept` when it is not to be touched any more. */
  act(): Promise<"done" | "kept">
}

export interface CleanupPlan {
  readonly steps: readonly CleanupStep[]
  /** The parts that could not be read. */
  readonly remarks: readonly string[]
  /** Folders of ended runs that are too young to go. */
  readonly kept: readonly string[]
}

export interface CleanupHost {
  readonly root: string
  readonly ledger: Ledger
  readonly backends: readonly Backend[]
  readonly keepEndedMs: number
  /** The process that cleans up. */
  readonly self: ProcessIdentity
  nowMs(): number
}

export async function planCleanup(host: CleanupHost): Promise<CleanupPlan> {
  const remarks: string[] = []
  // Other hosts clean up after themselves.
  const runs = (await host.ledger.listRuns({ all: true })).filter((run) => run.host === host.ledger.host)
  const bottles: CleanupStep[] = []
  for (const backend of host.backends) {
    try {
      for (const found of await backend.enumerate(host.root)) {
        const run = runs.find(({ slug }) => slug === found.slug)
        const why = whyStray(host, found, run) ?? (run !== undefined && isTimeUp(host, run) ? TIME_UP : undefined)
        if (why !== undefined) bottles.push(endBottle(host, backend, found, why))
      }
    } catch (error) {
      if (!(error instanceof OperatorProblem)) throw error
      // Most hosts have no engine, and no run that ever needed one.
      if (runs.some((run) => run.backend === backend.name))
        remarks.push(`${backend.name}: ${error.message}; its bottles are not touched`)
    }
  }
  const steps: CleanupStep[] = []
  for (const run of runs) steps.push(...leftProxy(run), ...endedRun(host, run))
  // After the runs: what a run is resumed from goes once nobody can resume it.
  steps.push(...bottles)
  for (const slug of listStateFolders(host.root)) {
    if (runs.some((run) => run.slug === slug)) continue
    const step = orphanFolder(host, slug)
    if (step !== undefined) steps.push(step)
  }
  const turn = turnOf(host.ledger, "toolchain", host.self)
  // From now on an installation that comes meanwhile waits for this process.
  for (const draft of listToolchainDrafts(host.root)) if (await turn.take(draft.turn)) steps.push(toolchainDraft(draft))
  for (const left of listOrphanCgroups(host.nowMs())) steps.push(...orphanCgroup(host, runs, left))
  const isKept = (run: Run) => run.status === "ended" && hasFiles(host.root, run.slug) && !isDriven(host, run)
  const gone = new Set(steps.map(({ folder }) => folder))
  const kept = runs.filter(isKept).map(({ slug }) => runFolders(host.root, slug).state)
  return { steps, remarks, kept: kept.filter((folder) => !gone.has(folder)) }
}

const TIME_UP = "its run is removed"

/** Undefined for a bottle that somebody still needs. */
function whyStray(host: CleanupHost, { slug, isRunning }: FoundBottle, run: Run | undefined): string | undefined {
  if (run === undefined)
    return isBeingLaunched(join(host.root, "state", slug), host.nowMs()) ? undefined : "no run owns it"
  if (run.status === "frozen" || isDriven(host, run)) return undefined
  if (isLive(run) || isRunning) return "its launcher is dead"
  // The files that an ended run is resumed from.
  return run.status === "killed" || isGone(run) ? "its run's state is gone" : undefined
}

function endBottle(host: CleanupHost, backend: Backend, found: FoundBottle, why: string): CleanupStep {
  return {
    kind: "bottle",
    what: `${found.slug}: ${found.what}`,
    why,
    async act() {
      const run = await host.ledger.findRun(found.slug)
      if (whyStray(host, found, run) === undefined) return "kept"
      // A run that may be resumed keeps what its backend holds for it.
      if (found.isRunning && run !== undefined && run.status !== "killed" && !isGone(run))
        await backend.kill(found.process)
      else await backend.cleanup(found)
      // Its launcher is dead. Where no run owned it there is no end to record.
      if (run !== undefined) await host.ledger.sweep({ host: host.ledger.host, isAlive: isProcessAlive })
      return "done"
    },
  }
}

function leftProxy({ slug, proxy, launcher }: Run): readonly CleanupStep[] {
  const isLeft = () => proxy !== undefined && isProcessAlive(proxy) && !isProcessAlive(launcher)
  if (proxy === undefined || !isLeft()) return []
  const act = async () => {
    if (!isLeft()) return "kept" as const
    killProcess(proxy)
    return "done" as const
  }
  return [{ kind: "process", what: `${slug}: its proxy`, why: "its launcher is dead", act }]
}

function endedRun(host: CleanupHost, run: Run): readonly CleanupStep[] {
  const { slug } = run
  if (!hasFiles(host.root, slug) || isDriven(host, run)) return []
  const isKilled = run.status === "killed"
  if (!isKilled && !isGone(run) && !isTimeUp(host, run)) return []
  const age = formatAge(ageOf(host, run))
  const why = isGone(run) ? "removing it was not finished" : `${isKilled ? "killed" : "ended"} ${age} ago`
  return [
    {
      kind: "ended-run",
      folder: runFolders(host.root, slug).state,
      what: `${slug}: home, workspace and transcript`,
      why,
      async act() {
        // From here on nobody resumes it; who has taken it over before is seen.
        const taken = { launcher: host.self, endReason: CLEANED_UP }
        if (!(await host.ledger.updateRunAsSeen(run, taken))) return "kept"
        removeRunFiles(host.root, slug)
        return "done"
      },
    },
  ]
}

/** By a launcher that lives: not by us, who only stand in for one so that nobody resumes the run. */
function isDriven({ self }: CleanupHost, { launcher }: Run): boolean {
  return launcher !== self && isProcessAlive(launcher)
}

function isTimeUp(host: CleanupHost, run: Run): boolean {
  return run.status === "ended" && !isDriven(host, run) && ageOf(host, run) >= host.keepEndedMs
}

function ageOf({ nowMs }: CleanupHost, { endedAtMs, startedAtMs }: Run): number {
  return nowMs() - (endedAtMs ?? startedAtMs)
}

function orphanFolder({ root, ledger, nowMs }: CleanupHost, slug: Slug): CleanupStep | undefined {
  const { state } = runFolders(root, slug)
  if (isBeingLaunched(state, nowMs())) return undefined
  return {
    kind: "folder",
    folder: state,
    what: state,
    why: "no run owns it",
    async act() {
      if ((await ledger.findRun(slug)) !== undefined || isBeingLaunched(state, nowMs())) return "kept"
      removeRunFolder(root, slug)
      return "done"
    },
  }
}

function toolchainDraft(draft: ToolchainDraft): CleanupStep {
  return {
    kind: "toolchain",
    what: draft.path,
    why: `the installation of ${draft.turn} was not finished`,
    async act() {
      removeToolchainDraft(draft)
      return "done"
    },
  }
}

function orphanCgroup(host: CleanupHost, runs: readonly Run[], left: OrphanCgroup): readonly CleanupStep[] {
  const isWanted = (run: Run | undefined) =>
    (run !== undefined && isDriven(host, run)) || isBeingLaunched(join(host.root, "state", left.slug), host.nowMs())
  if (isWanted(runs.find(({ slug }) => slug === left.slug))) return []
  const act = async () => (isWanted(await host.ledger.findRun(left.slug)) ? "kept" : removeOrphanCgroup(left))
  return [{ kind: "cgroup", what: left.path, why: "nothing runs in it", act }]
}

function hasFiles(root: string, slug: Slug): boolean {
  const { home, workspace, transcript } = runFolders(root, slug)
  return [home, workspace, transcript].some((path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined)
}

function listStateFolders(root: string): readonly Slug[] {
  // Absent until the first run is started.
  return (ifThere(() => readdirSync(join(root, "state"))) ?? []).filter(isSlug).toSorted()
}
