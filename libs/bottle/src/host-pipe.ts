// Real pipes between the launcher and a bottle.
//
// Bun gives children sockets for stdio, and `/dev/stdout` cannot be opened on a socket, so
// scripts that write there would fail in a bottle.
//
//   INV-72  No open file of the operator's enters a bottle: a process may reopen what it holds
//           through /proc/self/fd, with rights the descriptor never had. Bytes are relayed.

import { libc } from "./libc.ts"

export interface HostPipe {
  readonly readFd: number
  readonly writeFd: number
}

const O_CLOEXEC = 0o2000000

export function openPipe(): HostPipe {
  const descriptors = new Int32Array(2)
  if (libc().pipe2(descriptors, O_CLOEXEC) !== 0) throw new Error("No pipe: too many open files")
  const [readFd, writeFd] = descriptors
  if (readFd === undefined || writeFd === undefined) throw new Error("pipe2 returned no descriptors")
  return { readFd, writeFd }
}
