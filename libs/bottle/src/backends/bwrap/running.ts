// Finds the bottles that run here under bubblewrap, by its command line: that names the run's folders.

import { readdirSync, readFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { GUEST_SHARE_FOLDER } from "@bot-bottle/contracts"
import { identifyProcess, pidOf } from "@bot-bottle/kernel"
import type { FoundBottle } from "../../backend.ts"

/** Only of processes whose command line we may read: our own, or everybody's for root. */
export function findRunning(root: string): readonly FoundBottle[] {
  const found = new Map<number, FoundBottle>()
  for (const name of readdirSync("/proc")) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    const argv = readProc(pid, "cmdline").split("\0")
    if (basename(argv[0] ?? "") !== "bwrap") continue
    const slug = slugOf(root, argv)
    const identity = identifyProcess(pid)
    if (slug === undefined || identity === undefined) continue
    found.set(pid, { slug, process: identity, isRunning: true, what: `bwrap, process ${pidOf(identity)}` })
  }
  // bubblewrap forks, and its children show the same words: the first of a tree stands for it.
  return [...found].filter(([pid]) => !found.has(parentOf(pid))).map(([, bottle]) => bottle)
}

function slugOf(root: string, argv: readonly string[]): string | undefined {
  const share = argv.find(
    (word) => basename(word) === GUEST_SHARE_FOLDER && dirname(dirname(word)) === join(root, "state"),
  )
  return share === undefined ? undefined : basename(dirname(share))
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(readProc(pid, "status"))?.[1] ?? 0)
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8")
  } catch {
    // Gone, or not ours to see.
    return ""
  }
}
