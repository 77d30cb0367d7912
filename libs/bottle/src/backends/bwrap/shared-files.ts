// Shows files of the guest share by links, where a plan asks for a mount of each.
//
// bubblewrap reads the whole table of mounts for every mount it makes, so the time to build a bottle
// grows with the square of their number. The share is mounted anyway, and read-only.

import { posix } from "node:path"
import { GUEST, type Mount } from "../../plan.ts"

export interface Link {
  readonly path: string
  readonly target: string
}

export interface ShownFiles {
  readonly mounts: readonly Mount[]
  readonly links: readonly Link[]
}

/** Only below /etc, which bubblewrap makes: a link elsewhere could lie in a folder that the agent writes to. */
export function linkSharedFiles(mounts: readonly Mount[]): ShownFiles {
  const share = mounts.find(({ target }) => target === GUEST.share)?.source
  const isShared = ({ source, target, access }: Mount) =>
    share !== undefined && access === "read-only" && target.startsWith("/etc/") && source.startsWith(`${share}/`)
  return {
    mounts: mounts.filter((mount) => !isShared(mount)),
    links: mounts.filter(isShared).map(({ source, target }) => ({
      path: target,
      target: posix.join(GUEST.share, posix.relative(share ?? "/", source)),
    })),
  }
}
