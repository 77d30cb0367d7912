// Where a run's files lie on the host: `state/<slug>/` below bot-bottle's root. Paths only.

import { join } from "node:path"
import type { Slug } from "./run.ts"

/** Absolute host paths. */
export interface RunFolders {
  readonly state: string
  /** Host side only: control socket, events. */
  readonly egress: string
  /** Mounted into the bottle, read-only. */
  readonly guestShare: string
  readonly home: string
  readonly workspace: string
  readonly transcript: string
  /** A file, host side only: what the workspace began with. Absent unless it was copied. */
  readonly baseline: string
  /** Host side only: what was taken out of a folder that the agent worked in. Absent when nothing was. */
  readonly quarantine: string
  /** A file, host side only: what is still to be taken out of the operator's folder. Absent when nothing is. */
  readonly bindRecord: string
  /** The bottle's own files of /etc. In the guest share, so that a backend may show them without a mount for each. */
  readonly etc: string
}

/** Names in `etc`: nothing, as a file and as a folder, to cover what a bottle is not to see. */
export const EMPTY_COVERS = { file: ".nothing", folder: ".nothing.d" } as const

/** Beside the run's other folders; by it a bottle of ours is known among the host's processes. */
export const GUEST_SHARE_FOLDER = "share"

export function runFolders(root: string, slug: Slug): RunFolders {
  const state = join(root, "state", slug)
  const guestShare = join(state, GUEST_SHARE_FOLDER)
  return {
    state,
    egress: join(state, "egress"),
    guestShare,
    home: join(state, "home"),
    workspace: join(state, "workspace"),
    transcript: join(state, "transcript"),
    baseline: join(state, "baseline.jsonl"),
    quarantine: join(state, "quarantine"),
    bindRecord: join(state, "bind.json"),
    etc: join(guestShare, "etc"),
  }
}
