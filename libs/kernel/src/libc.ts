// The few libc calls Bun has no name for, loaded when first needed.

import { dlopen } from "bun:ffi"

/** glibc, then musl. */
const NAMES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"]

let loaded: ReturnType<typeof load> | undefined

export function libc() {
  loaded ??= load()
  return loaded.symbols
}

function load() {
  for (const name of NAMES) {
    try {
      return dlopen(name, {
        alarm: { args: ["u32"], returns: "u32" },
        clock_gettime: { args: ["i32", "ptr"], returns: "i32" },
        tcgetattr: { args: ["i32", "ptr"], returns: "i32" },
        tcsetattr: { args: ["i32", "i32", "ptr"], returns: "i32" },
        cfmakeraw: { args: ["ptr"], returns: "void" },
        futimens: { args: ["i32", "ptr"], returns: "i32" },
        lseek: { args: ["i32", "i64", "i32"], returns: "i64" },
        ioctl: { args: ["i32", "u64", "i32"], returns: "i32" },
        fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
        execve: { args: ["ptr", "ptr", "ptr"], returns: "i32" },
        syscall: { args: ["i64", "i64", "i64", "i64", "i64", "i64", "i64"], returns: "i64" },
      })
    } catch {
      // Not this libc; the next name.
    }
  }
  throw new Error("libc cannot be loaded")
}
