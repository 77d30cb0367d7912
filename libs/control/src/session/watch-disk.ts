// Keeps a run within its share of the disk: watches it, and asks for its shutdown as a step of
// its own, by the watchdog.
//
// A closed egress stops nobody from writing, so policy `cutoff` freezes here: the least that does.

import { type DiskFinding, type DiskWatch, openDiskWatch } from "@bot-bottle/bottle"
import type { Ledger } from "@bot-bottle/ledger"
import { requestProxy } from "../client/control-socket.ts"
import type { DiskCause, ShutdownCause } from "../events.ts"
import type { BringUp, Session } from "../launch/launch-site.ts"

export interface DiskStop {
  readonly shutdown: "freeze" | "kill"
  /** The agent is not asked to leave first: what it writes meanwhile is what the ledger needs. */
  readonly isUrgent: boolean
  readonly cause: Extract<ShutdownCause, { kind: "disk" }>
}

/** `onFull` is told when the disk is nearly full and this run is not to blame. */
export function watchDisk(
  { launch }: BringUp,
  { folders, launchedAtMs }: Pick<Session, "folders"> & { readonly launchedAtMs: number },
  onFull: (freeBytes: number) => void,
): DiskWatch {
  return openDiskWatch({
    disk: {
      home: folders.home,
      workspace: launch.bindFolder ?? folders.workspace,
      isBound: launch.bindFolder !== undefined,
      launchedAtMs,
    },
    limitBytes: launch.bottle.limits.diskBytes,
    onFull: ({ freeBytes }) => onFull(freeBytes),
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
    requestProxy(folders.egress, "cutoff"),
  ])
  const isUrgent = finding.kind === "fills-disk"
  const isRecorded = recorded.status === "fulfilled"
  return { shutdown, isUrgent, cause: { kind: "disk", finding: causeOf(finding, folders.state, env.root), isRecorded } }
}

async function recordDiskStep(ledger: Ledger, slug: string, kind: DiskStop["shutdown"], finding: DiskFinding) {
  const step = { slug, kind, trigger: "watchdog", actor: "bot-bottle" } as const
  await ledger.beginEnforcement(step)
  const { kind: found, ...detail } = finding
  await ledger.appendAudit({ slug, kind: `disk-${found}`, actor: "bot-bottle", detail })
}

function causeOf(finding: DiskFinding, stateFolder: string, root: string): DiskCause {
  switch (finding.kind) {
    case "over-limit":
      return { kind: finding.kind, limitBytes: finding.limitBytes, heldBytes: finding.heldBytes, stateFolder }
    case "fills-disk":
      return { kind: finding.kind, freeBytes: finding.freeBytes, recentBytes: finding.recentBytes, root, stateFolder }
  }
}
