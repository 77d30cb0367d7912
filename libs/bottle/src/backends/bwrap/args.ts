// A plan as bubblewrap's command line, the same for root and for anyone else.
//
// Pure. The agent's argv and environment are not here: they would show in the host's process
// list. The forwarder is told them once it runs.
//
//   INV-61  Every namespace is asked for by name: bubblewrap's --unshare-all quietly continues without the
//           user and cgroup namespaces when it cannot have them.

import { SEALED_FOLDER } from "@bot-bottle/contracts"
import { GUEST_HOSTNAME } from "../../guest-files/guest-etc.ts"
import { type BottlePlan, FORWARDER_ARGV, GUEST, type Mount, tmpBytesOf } from "../../plan.ts"
import type { SystemRoot } from "./system-root.ts"

const SMALL_TMPFS_BYTES = 64 * 1024 ** 2

export interface BwrapParts {
  readonly bwrap: string
  readonly mounts: readonly Mount[]
  readonly limits: BottlePlan["limits"]
  readonly system: SystemRoot
  /** Descriptor from which bubblewrap reads the filter. */
  readonly seccompFd: number
}

export function bwrapArgv({ bwrap, mounts, limits, system, seccompFd }: BwrapParts): readonly string[] {
  return [
    bwrap,
    ...["user", "ipc", "pid", "net", "uts", "cgroup"].map((namespace) => `--unshare-${namespace}`),
    "--disable-userns",
    ...["--uid", `${GUEST.uid}`, "--gid", `${GUEST.uid}`],
    ...["--hostname", GUEST_HOSTNAME],
    ...["--cap-drop", "ALL"],
    "--new-session",
    "--die-with-parent",
    "--clearenv",
    ...["--seccomp", `${seccompFd}`],
    ...system.binds.flatMap((path) => ["--ro-bind", path, path]),
    ...system.links.flatMap(({ path, target }) => ["--symlink", target, path]),
    ...["--proc", "/proc"],
    ...["--dev", "/dev"],
    ...tmpfs("/dev/shm", "1777", tmpBytesOf(limits)),
    ...["--remount-ro", "/dev"],
    ...tmpfs("/tmp", "1777", tmpBytesOf(limits)),
    ...tmpfs("/var/tmp", "1777", tmpBytesOf(limits)),
    ...tmpfs("/run", "0755", SMALL_TMPFS_BYTES),
    ...tmpfs("/home", "0755", SMALL_TMPFS_BYTES),
    ...mounts.flatMap(({ source, target, access }) => [
      access === "read-only" ? "--ro-bind" : "--bind",
      source,
      target,
    ]),
    // The root is a tmpfs of bubblewrap's own; closed last, since the lines above make folders in it.
    ...["--remount-ro", "/"],
    ...["--chdir", SEALED_FOLDER],
    "--",
    ...FORWARDER_ARGV,
  ]
}

function tmpfs(path: string, mode: string, bytes: number): readonly string[] {
  return ["--perms", mode, "--size", `${bytes}`, "--tmpfs", path]
}
