// A terminal that its reader empties at its own pace. Bun's own terminals take everything at once, so
// this one is opened through libc.

import { dlopen, ptr } from "bun:ffi"
import { closeSync, constants, openSync, readSync, writeSync } from "node:fs"

export interface TerminalPair extends Disposable {
  /** A program's stdin, stdout and stderr. */
  readonly slave: number
  readonly slavePath: string
  /** Output of the program that waits; empty when there is none. */
  read(maxBytes: number): Uint8Array
  type(keys: string): void
  /** Keys and answers that the program has not read. */
  takeTyped(): string
}

const MAX_TYPED = 4_096
const TIOCSWINSZ = 0x5414

export function openTerminalPair({ columns, rows }: { readonly columns: number; readonly rows: number }): TerminalPair {
  const { symbols } = dlopen("libc.so.6", {
    grantpt: { args: ["int"], returns: "int" },
    unlockpt: { args: ["int"], returns: "int" },
    ptsname_r: { args: ["int", "ptr", "u64"], returns: "int" },
    ioctl: { args: ["int", "u64", "ptr"], returns: "int" },
  })
  const master = openSync("/dev/ptmx", constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK)
  const name = new Uint8Array(128)
  const size = new Uint16Array([rows, columns, 0, 0])
  const isOpen =
    symbols.grantpt(master) === 0 &&
    symbols.unlockpt(master) === 0 &&
    symbols.ptsname_r(master, ptr(name), name.length) === 0 &&
    symbols.ioctl(master, TIOCSWINSZ, ptr(size)) === 0
  if (!isOpen) throw new Error("No terminal can be opened")
  const slavePath = new TextDecoder().decode(name.subarray(0, name.indexOf(0)))
  const slave = openSync(slavePath, constants.O_RDWR | constants.O_NOCTTY)
  return {
    slave,
    slavePath,
    read: (maxBytes) => readWaiting(master, maxBytes),
    type: (keys) => void writeSync(master, keys),
    takeTyped() {
      const file = openSync(slavePath, constants.O_RDONLY | constants.O_NOCTTY | constants.O_NONBLOCK)
      try {
        return new TextDecoder().decode(readWaiting(file, MAX_TYPED))
      } finally {
        closeSync(file)
      }
    },
    [Symbol.dispose]() {
      for (const file of [slave, master]) closeSync(file)
    },
  }
}

function readWaiting(file: number, maxBytes: number): Uint8Array {
  const bytes = new Uint8Array(maxBytes)
  try {
    return bytes.subarray(0, readSync(file, bytes))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return bytes.subarray(0, 0)
    throw error
  }
}
