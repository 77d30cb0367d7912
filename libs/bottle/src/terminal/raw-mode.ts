// Raw mode for a terminal, and the way back to exactly what it was.
//
// Not `setRawMode`: that leaves output processing on, and a line feed an agent means as "one
// down, same column" would come out as a new line.

import { libc } from "../libc.ts"

/** Larger than struct termios of any Linux libc. */
const TERMIOS_BYTES = 256
const TCSADRAIN = 1

/** Returns how to put it back; safe to call more than once, and in an exit handler. */
export function enterRawMode(fd: number): () => void {
  const before = new Uint8Array(TERMIOS_BYTES)
  if (libc().tcgetattr(fd, before) !== 0) throw new Error(`Descriptor ${fd} is no terminal`)
  const raw = before.slice()
  libc().cfmakeraw(raw)
  libc().tcsetattr(fd, TCSADRAIN, raw)
  return () => void libc().tcsetattr(fd, TCSADRAIN, before)
}
