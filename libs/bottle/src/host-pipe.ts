// Real pipes between the launcher and a bottle.
//
// Bun gives children sockets for stdio, and `/dev/stdout` cannot be opened on a socket, so
// scripts that write there would fail in a bottle.
//
//   INV-72  No open file of the operator's enters a bottle: a process may reopen what it holds
//           through /proc/self/fd, with rights the descriptor never had. Bytes are relayed.

import { dlopen } from "bun:ffi"

export interface HostPipe {
  readonly readFd: number
  readonly writeFd: number
}

/** glibc, then musl. */
const LIBC_NAMES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"]
const O_CLOEXEC = 0o2000000

let libc: ReturnType<typeof openLibc> | undefined

export function openPipe(): HostPipe {
  libc ??= openLibc()
  const descriptors = new Int32Array(2)
  if (libc.symbols.pipe2(descriptors, O_CLOEXEC) !== 0) throw new Error("No pipe: too many open files")
  const [readFd, writeFd] = descriptors
  if (readFd === undefined || writeFd === undefined) throw new Error("pipe2 returned no descriptors")
  return { readFd, writeFd }
}

function openLibc() {
  for (const name of LIBC_NAMES) {
    try {
      return dlopen(name, { pipe2: { args: ["ptr", "i32"], returns: "i32" } })
    } catch {
      // Not this libc; the next name.
    }
  }
  throw new Error("libc cannot be loaded")
}
