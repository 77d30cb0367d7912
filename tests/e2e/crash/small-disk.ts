// A disk of a few megabytes under a host's root, and what fills it. Needs root.

import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { isRoot, runProgram } from "@bot-bottle/testkit"

/** A container's root may not mount. */
export function canMount(): boolean {
  if (!isRoot()) return false
  const folder = mkdtempSync(join(tmpdir(), "bb-mount-"))
  const mounted = Bun.spawnSync(["mount", "-t", "tmpfs", "tmpfs", folder], { stderr: "ignore" }).exitCode === 0
  if (mounted) Bun.spawnSync(["umount", folder])
  rmSync(folder, { recursive: true })
  return mounted
}

/** Puts a disk of its own over the folder, with the same files on it. */
export async function moveToSmallDisk(folder: string, size: string): Promise<AsyncDisposable> {
  const copy = `${folder}.copy`
  await must(["cp", "-a", folder, copy])
  await must(["mount", "-t", "tmpfs", "-o", `size=${size},mode=0700`, "tmpfs", folder])
  await must(["cp", "-a", `${copy}/.`, folder])
  return { [Symbol.asyncDispose]: async () => void (await must(["umount", "--lazy", folder])) }
}

/** Writes until nothing more fits. */
export function fillDisk(path: string): void {
  const file = openSync(path, "w")
  for (let size = 65_536; size >= 1; size = Math.floor(size / 4)) {
    try {
      for (;;) writeSync(file, new Uint8Array(size))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error
    }
  }
  closeSync(file)
}

async function must(argv: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await runProgram(argv)
  if (exitCode !== 0) throw new Error(`${argv.join(" ")}: ${stderr}`)
}
