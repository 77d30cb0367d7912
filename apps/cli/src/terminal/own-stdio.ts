// This process's own stdin, stdout and stderr, for commands that relay an agent's or another
// program's bytes.

import { isatty } from "node:tty"
import type { OutputStream } from "@bot-bottle/guest"

/** Somebody looks and can type. */
export function isPerson(): boolean {
  return isatty(0) && isatty(1)
}

/** Resolves when the reader has taken the bytes; one that went away takes everything. */
export function writeOut(stream: OutputStream, bytes: Uint8Array): Promise<void> {
  const target = stream === "stdout" ? process.stdout : process.stderr
  return new Promise((done) => void target.write(bytes, () => done()))
}
