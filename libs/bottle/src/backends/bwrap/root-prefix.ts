// Starting a bottle as root without root getting anywhere near it.
//
// An outer bubblewrap, in a mount namespace of its own, shows the plan's sources under /mnt, where
// any uid can reach them. A folder that stays its owner's is mapped to that uid there
// (map-owner.ts). Then all privileges are dropped to a uid that no account uses. The same inner
// bubblewrap starts as it would for any unprivileged operator.
//
//   INV-61  No process of a bottle is host uid 0, whoever starts it: bubblewrap run by root without this
//           would map the guest's uid to root's.

import type { Mount } from "../../plan.ts"

const SLOTS = "/mnt"

export interface RootTools {
  readonly bwrap: string
  readonly setpriv: string
}

/** The plan's mounts as the inner bubblewrap finds them. */
export function slottedMounts(mounts: readonly Mount[]): readonly Mount[] {
  return mounts.map((mount) => ({ ...mount, source: slotOf(mount, mounts) }))
}

export interface OwnerMapping {
  /** The command line of map-owner.ts, up to what it is told. */
  readonly program: readonly string[]
  /** The owner of the operator's folder. */
  readonly owner: { readonly uid: number; readonly gid: number }
}

/** The command before the inner bubblewrap's command line. */
export function rootPrefix(
  mounts: readonly Mount[],
  uid: number,
  { bwrap, setpriv }: RootTools,
  mapping?: OwnerMapping,
): readonly string[] {
  const own = ownersFolder(mounts)
  const shown = mounts.filter((mount) => mount.keepsOwner !== true || mount === own)
  return [
    bwrap,
    ...["--dev-bind", "/", "/"],
    ...["--tmpfs", SLOTS],
    ...shown.flatMap((mount) => [
      mount.access === "read-only" ? "--ro-bind" : "--bind",
      mount.source,
      slotOf(mount, mounts),
    ]),
    "--clearenv",
    "--die-with-parent",
    "--",
    ...(own === undefined || mapping === undefined
      ? []
      : [...mapping.program, slotOf(own, mounts), `${mapping.owner.uid}`, `${mapping.owner.gid}`, `${uid}`, "--"]),
    setpriv,
    ...["--reuid", `${uid}`, "--regid", `${uid}`, "--clear-groups"],
    "--no-new-privs",
    ...["--inh-caps=-all", "--bounding-set=-all"],
    "--",
  ]
}

/** Files in the operator's folder are found through it, and so under the same owner's mapping. */
function slotOf(mount: Mount, mounts: readonly Mount[]): string {
  const own = ownersFolder(mounts)
  if (mount.keepsOwner === true && own !== undefined && mount !== own)
    return `${slotOf(own, mounts)}${mount.source.slice(own.source.length)}`
  return `${SLOTS}/${mounts.indexOf(mount)}`
}

/** The outermost comes first. */
function ownersFolder(mounts: readonly Mount[]): Mount | undefined {
  return mounts.find(({ keepsOwner }) => keepsOwner === true)
}
