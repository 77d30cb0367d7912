// Real pipes. Bun gives children sockets for stdio, and `/dev/stdout` cannot be opened on a
// socket, so scripts that write there would fail in a bottle.

import { dlopen } from "bun:ffi"

export interface Pipe {
  readonly readFd: number
  readonly writeFd: number
}

const O_CLOEXEC = 0o2000000
/** glibc, then musl. */
const NAMES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"]

export function openPipe(): Pipe {
  const descriptors = new Int32Array(2)
  loaded ??= load()
  if (loaded.symbols.pipe2(descriptors, O_CLOEXEC) !== 0) throw new Error("No pipe: too many open files")
  const [readFd, writeFd] = descriptors
  if (readFd === undefined || writeFd === undefined) throw new Error("pipe2 returned no descriptors")
  return { readFd, writeFd }
}

let loaded: ReturnType<typeof load> | undefined

function load() {
  for (const name of NAMES) {
    try {
      return dlopen(name, { pipe2: { args: ["ptr", "i32"], returns: "i32" } })
    } catch {
      // Not this libc; the next name.
    }
  }
  throw new Error("libc cannot be loaded")
}
