// The hooks of the gate's repositories: one, ours, in a folder that no push can reach.

import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { hostProgram } from "@bot-bottle/contracts"

/** The paths are our own installation's; quoted all the same, since a home may hold spaces. */
export function writeHookFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const program = hostProgram(process.execPath, "push-hook")
  const path = join(folder, "pre-receive")
  writeFileSync(path, `#!/bin/sh\nexec ${program.map(quote).join(" ")}\n`)
  chmodSync(path, 0o700)
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
