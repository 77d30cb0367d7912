import { expect, test } from "bun:test"
import { sealedBun } from "@bot-bottle/contracts"
import { uidOfRun } from "../../run-owner.ts"
import { bwrapArgv } from "./args.ts"
import { rootPrefix, slottedMounts } from "./root-prefix.ts"

const MOUNTS = [
  { source: "/host/home", target: "/home/node", access: "read-write" },
  { source: "/host/share", target: "/run/bot-bottle", access: "read-only" },
] as const

test("INV-61: every namespace is asked for by name", () => {
  const argv = argvWith({})
  expect(argv.filter((word) => word.startsWith("--unshare"))).toEqual(
    ["user", "ipc", "pid", "net", "uts", "cgroup"].map((namespace) => `--unshare-${namespace}`),
  )
})

test("bwrapArgv builds the same bottle from the same parts, in this order", () => {
  const argv = argvWith({})
  expect(argv.slice(argv.indexOf("--hostname"))).toEqual([
    ...[
      "--hostname",
      "bottle",
      "--cap-drop",
      "ALL",
      "--new-session",
      "--die-with-parent",
      "--clearenv",
      "--seccomp",
      "4",
    ],
    ...["--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin"],
    ...["--proc", "/proc", "--dev", "/dev"],
    ...["--perms", "1777", "--size", "2147483648", "--tmpfs", "/dev/shm", "--remount-ro", "/dev"],
    ...["--perms", "1777", "--size", "2147483648", "--tmpfs", "/tmp"],
    ...["--perms", "1777", "--size", "2147483648", "--tmpfs", "/var/tmp"],
    ...["--perms", "0755", "--size", "67108864", "--tmpfs", "/run"],
    ...["--perms", "0755", "--size", "67108864", "--tmpfs", "/home"],
    ...["--bind", "/host/home", "/home/node", "--ro-bind", "/host/share", "/run/bot-bottle"],
    ...["--remount-ro", "/", "--chdir", "/", "--"],
    ...sealedBun("/opt/bot-bottle/runtime/bun", "/opt/bot-bottle/runtime/forwarder/main.ts"),
  ])
})

test.each([
  // disk limit    size of /tmp
  [undefined, "2147483648"],
  [1_000_000, "1000000"],
  [1024 ** 4, "2147483648"],
] as const)("with a disk limit of %p, /tmp holds %p bytes", (diskBytes, size) => {
  const argv = argvWith(diskBytes === undefined ? {} : { diskBytes })
  expect(argv[argv.indexOf("/tmp") - 2]).toBe(size)
})

test("INV-61: as root, sources are shown at slots and every privilege goes before bubblewrap starts", () => {
  const uid = uidOfRun("a-run-00000")
  const prefix = rootPrefix(MOUNTS, uid, { bwrap: "/usr/bin/bwrap", setpriv: "/usr/bin/setpriv" })
  expect(prefix).toEqual([
    ...["/usr/bin/bwrap", "--dev-bind", "/", "/", "--tmpfs", "/mnt"],
    ...["--bind", "/host/home", "/mnt/0", "--ro-bind", "/host/share", "/mnt/1"],
    ...["--clearenv", "--die-with-parent", "--"],
    ...["/usr/bin/setpriv", "--reuid", `${uid}`, "--regid", `${uid}`, "--clear-groups", "--no-new-privs"],
    ...["--inh-caps=-all", "--bounding-set=-all", "--"],
  ])
  expect(slottedMounts(MOUNTS).map(({ source, target }) => `${source} ${target}`)).toEqual([
    "/mnt/0 /home/node",
    "/mnt/1 /run/bot-bottle",
  ])
})

test("INV-61: a run's uid is the same at every start and never one an account could have", () => {
  const uids = Array.from({ length: 2000 }, (_, index) => uidOfRun(`run-${index}`))
  expect(uidOfRun("run-7")).toBe(uids[7]!)
  expect(Math.min(...uids)).toBeGreaterThanOrEqual(1_879_048_192)
  expect(Math.max(...uids)).toBeLessThan(1_879_048_192 + 65_536)
  expect(new Set(uids).size).toBeGreaterThan(1900)
})

function argvWith(limits: { diskBytes?: number }): readonly string[] {
  return bwrapArgv({
    bwrap: "/usr/bin/bwrap",
    mounts: MOUNTS,
    limits,
    system: { binds: ["/usr"], links: [{ path: "/bin", target: "usr/bin" }], covered: [] },
    seccompFd: 4,
  })
}
