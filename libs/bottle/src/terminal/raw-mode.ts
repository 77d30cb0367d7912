// Raw mode for a terminal, and the way back to exactly what it was.
//
// Not `setRawMode`: that leaves output processing on, and a line feed an agent means as "one
// down, same column" would come out as a new line.
//
// Input that is unread when the mode is restored is thrown away. An agent may have asked the
// terminal something just before its end, and the answer is not for the shell.

import { libc } from "@bot-bottle/kernel"

/** Larger than struct termios of any Linux libc. */
const TERMIOS_BYTES = 256
const TCSADRAIN = 1
const TCSAFLUSH = 2

/** Returns how to put it back; safe to call more than once, and in an exit handler. */
export function enterRawMode(fd: number): () => void {
  const mode = keepTerminalMode(fd)
  mode.enterRaw()
  return () => mode.restore()
}

export interface TerminalMode {
  enterRaw(): void
  /** To what it was when it was kept, whoever has changed it since. Throws away what was not read. */
  restore(): void
}

/** Throws when the descriptor is not a terminal. */
export function keepTerminalMode(fd: number): TerminalMode {
  const before = new Uint8Array(TERMIOS_BYTES)
  if (libc().tcgetattr(fd, before) !== 0) throw new Error(`Descriptor ${fd} is not a terminal`)
  return {
    enterRaw() {
      const raw = before.slice()
      libc().cfmakeraw(raw)
      libc().tcsetattr(fd, TCSADRAIN, raw)
    },
    restore: () => void libc().tcsetattr(fd, TCSAFLUSH, before),
  }
}
