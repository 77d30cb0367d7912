// A step of a bottle that root starts. It shows a mounted folder as if the run's uid owned what the
// folder's owner owns. Then it becomes the program that follows.
//
//   map-owner.ts <mount> <owner's uid> <gid> <run's uid> -- <program> <arguments…>
//
// An id-mapped mount: on disk nothing changes hands, and what the agent makes belongs to the
// folder's owner. All that others own stays out of its reach. Runs as root in a mount
// namespace of its own, before any of the agent's code does.

import { ptr } from "bun:ffi"
import { closeSync, openSync, readFileSync, readlinkSync, writeFileSync } from "node:fs"
import { CONTROL_CHANNEL_FD } from "@bot-bottle/guest"
import { findTool, libc } from "@bot-bottle/kernel"

const [mount = "", uid = "", gid = "", runUid = "", dashes, ...program] = Bun.argv.slice(2)
if (dashes !== "--" || program.length === 0) throw new Error("map-owner.ts is started by bot-bottle only")

// System calls of linux/mount.h, the same numbers on every architecture.
const OPEN_TREE = 428
const MOVE_MOUNT = 429
const MOUNT_SETATTR = 442
const AT_FDCWD = -100
const AT_EMPTY_PATH = 0x1000
const AT_RECURSIVE = 0x8000
const OPEN_TREE_CLONE = 1
const MOVE_MOUNT_F_EMPTY_PATH = 4
const MOUNT_ATTR_IDMAP = 0x0010_0000n
const F_SETFD = 2

void main()

async function main(): Promise<never> {
  // A process in a user namespace holds it open: this one waits on a pipe of ours.
  const holder = Bun.spawn([findTool("unshare") ?? "unshare", "--user", findTool("cat") ?? "cat"], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "ignore",
  })
  holder.stdin.write("?")
  await holder.stdin.flush()
  await holder.stdout.getReader().read()
  if (readlinkSync(`/proc/${holder.pid}/ns/user`) === readlinkSync("/proc/self/ns/user")) fail("unshare")
  writeFileSync(`/proc/${holder.pid}/uid_map`, `${uid} ${runUid} 1\n`)
  writeFileSync(`/proc/${holder.pid}/gid_map`, `${gid} ${runUid} 1\n`)

  const namespace = openSync(`/proc/${holder.pid}/ns/user`, "r")
  const path = text(mount)
  const nowhere = text("")
  const tree = Number(libc().syscall(OPEN_TREE, AT_FDCWD, ptr(path), OPEN_TREE_CLONE | AT_RECURSIVE, 0, 0, 0))
  if (tree < 0) fail("open_tree")
  const attributes = new BigUint64Array([MOUNT_ATTR_IDMAP, 0n, 0n, BigInt(namespace)])
  const how = AT_EMPTY_PATH | AT_RECURSIVE
  if (libc().syscall(MOUNT_SETATTR, tree, ptr(nowhere), how, ptr(attributes), attributes.byteLength, 0) < 0n)
    fail("mount_setattr")
  if (libc().syscall(MOVE_MOUNT, tree, ptr(nowhere), AT_FDCWD, ptr(path), MOVE_MOUNT_F_EMPTY_PATH, 0) < 0n)
    fail("move_mount")
  for (const fd of [tree, namespace]) closeSync(fd)
  holder.kill("SIGKILL")
  await holder.exited

  // Bun keeps what it inherits from the programs it becomes; the bottle's control channel and its filter are for them.
  for (const fd of [CONTROL_CHANNEL_FD, CONTROL_CHANNEL_FD + 1]) libc().fcntl(fd, F_SETFD, 0)

  const words = program.map(text)
  const vector = new BigUint64Array([...words.map((word) => BigInt(ptr(word))), 0n])
  libc().execve(words[0] ?? nowhere, vector, new BigUint64Array([0n]))
  fail("execve")
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`)
}

/** The launcher shows what stands here. */
function fail(step: string): never {
  const file = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .findLast((line) => line.split(" ")[4] === mount)
  const type = file?.split(" - ")[1]?.split(" ")[0] ?? "this file system"
  process.stderr.write(
    `the folder's owner cannot be mapped (${step}; ${type}): start as the folder's owner, or use --workspace copy\n`,
  )
  process.exit(1)
}
