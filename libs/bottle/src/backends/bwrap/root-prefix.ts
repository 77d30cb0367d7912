// Starting a bottle as root without root getting anywhere near it.
//
// An outer bubblewrap, in a mount namespace of its own, shows the plan's sources under /mnt,
// where any uid can reach them; then all privileges are dropped to a uid that no account
// uses, and the same inner bubblewrap starts as it would for any unprivileged operator.
//
//   INV-71  No process of a bottle is host uid 0, whoever starts it: bubblewrap run by root
//           without this would map the guest's uid to root's.

import type { Mount } from "../../plan.ts"

const SLOTS = "/mnt"

export interface RootTools {
  readonly bwrap: string
  readonly setpriv: string
}

/** The plan's mounts as the inner bubblewrap finds them. */
export function slottedMounts(mounts: readonly Mount[]): readonly Mount[] {
  return mounts.map((mount, index) => ({ ...mount, source: `${SLOTS}/${index}` }))
}

/** What comes before the inner bubblewrap's command line. */
export function rootPrefix(mounts: readonly Mount[], uid: number, { bwrap, setpriv }: RootTools): readonly string[] {
  return [
    bwrap,
    ...["--dev-bind", "/", "/"],
    ...["--tmpfs", SLOTS],
    ...mounts.flatMap(({ source, access }, index) => [
      access === "read-only" ? "--ro-bind" : "--bind",
      source,
      `${SLOTS}/${index}`,
    ]),
    "--clearenv",
    "--die-with-parent",
    "--",
    setpriv,
    ...["--reuid", `${uid}`, "--regid", `${uid}`, "--clear-groups"],
    "--no-new-privs",
    ...["--inh-caps=-all", "--bounding-set=-all"],
    "--",
  ]
}
