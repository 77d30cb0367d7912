// Keeps a run within its share of the disk: watches it, and asks for its shutdown as a step of
// its own, by the watchdog.
//
// A closed egress stops nobody from writing, so policy `cutoff` freezes here: the least that does.

import { type DiskFinding, type DiskWatch, openDiskWatch } from "@bot-bottle/bottle"
import { isProcessAlive } from "@bot-bottle/kernel"
import type { Ledger } from "@bot-bottle/ledger"
import { tellProxy } from "../runs/control-socket.ts"
import { type DiskWord, findDiskWord, writeDiskWord } from "../runs/disk-word.ts"
import { isLive } from "../runs/find-run.ts"
import type { BringUp, Session } from "./launch-site.ts"
import { formatBytes } from "./limit-words.ts"

export interface DiskStop {
  readonly shutdown: "freeze" | "kill"
  /** The agent is not asked to leave first: what it writes meanwhile is what the ledger needs. */
  readonly isUrgent: boolean
  /** Completes "frozen by …". */
  readonly why: string
}

/** A word older than this says nothing about now. */
const FRESH_MS = 15_000

/** `onFull` is told in words when the disk is nearly full and no run is to blame. */
export function watchDisk(
  { env, ledger, launch }: BringUp,
  { slug, folders, launchedAtMs }: Pick<Session, "slug" | "folders"> & { readonly launchedAtMs: number },
  onFull: (words: string) => void,
): DiskWatch {
  const announce = ({ heldBytes, recentBytes }: Omit<DiskWord, "atMs">) => {
    try {
      writeDiskWord(env.root, slug, { atMs: Date.now(), heldBytes, recentBytes })
    } catch {
      // No room even for that: the others wait for it a moment, and then go without.
    }
  }
  announce({ heldBytes: 0, recentBytes: 0 })
  return openDiskWatch({
    slug,
    disk: {
      home: folders.home,
      workspace: launch.bindFolder ?? folders.workspace,
      isBound: launch.bindFolder !== undefined,
      launchedAtMs,
    },
    limitBytes: launch.bottle.limits.diskBytes,
    announce,
    listOthers: () => listOthers(env.root, ledger, slug),
    onFull: ({ freeBytes }) =>
      onFull(
        `warning: the disk of ${env.root} has ${formatBytes(freeBytes)} left, and no run here is what fills it; without room the ledger cannot be written, and metered requests are refused`,
      ),
  })
}

/** Egress closes at once; the step is on record before it is begun, if the disk takes it. */
export async function askForShutdown(
  { env, ledger, launch }: BringUp,
  { slug, folders }: Pick<Session, "slug" | "folders">,
  finding: DiskFinding,
): Promise<DiskStop> {
  const shutdown = launch.policy === "kill" ? "kill" : "freeze"
  const [recorded] = await Promise.allSettled([
    recordDiskStep(ledger, slug, shutdown, finding),
    tellProxy(folders.egress, "cutoff"),
  ])
  const why = describeFinding(finding, folders.state, env.root)
  const isUrgent = finding.kind === "fills-disk"
  return {
    shutdown,
    isUrgent,
    why: recorded.status === "fulfilled" ? why : `${why}; the ledger could not be told before`,
  }
}

async function recordDiskStep(ledger: Ledger, slug: string, kind: DiskStop["shutdown"], finding: DiskFinding) {
  const step = { slug, kind, trigger: "watchdog", actor: "bot-bottle" } as const
  await ledger.beginEnforcement(step)
  const { kind: found, ...detail } = finding
  await ledger.appendAudit({ slug, kind: `disk-${found}`, actor: "bot-bottle", detail })
}

function describeFinding(finding: DiskFinding, state: string, root: string): string {
  switch (finding.kind) {
    case "over-limit":
      return `its disk limit of ${formatBytes(finding.limitBytes)}: it holds ${formatBytes(finding.heldBytes)}; before it goes on, raise limits.disk of its bottle or remove files in ${state}`
    case "fills-disk":
      return `the disk watch: the disk of ${root} has ${formatBytes(finding.freeBytes)} left, and this run has written most of late (${formatBytes(finding.recentBytes)}); before it goes on, make room, or remove files in ${state}`
  }
}

async function listOthers(root: string, ledger: Ledger, slug: string) {
  const runs = (await ledger.listRuns({ all: false })).filter((run) => run.slug !== slug && isLive(run))
  const words = runs
    .filter(({ launcher }) => isProcessAlive(launcher))
    .map((run) => ({ slug: run.slug, word: findDiskWord(root, run.slug) }))
  const heard = words.flatMap(({ slug: other, word }) =>
    word !== undefined && Date.now() - word.atMs <= FRESH_MS
      ? [{ slug: other, heldBytes: word.heldBytes, recentBytes: word.recentBytes }]
      : [],
  )
  return { heard, isComplete: heard.length === words.length }
}
