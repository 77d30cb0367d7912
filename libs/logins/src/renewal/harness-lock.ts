// Takes the lock that a harness's own program takes while it renews its login, so that the host's
// Claude Code or Codex and we never send the same refresh token.

import { closeSync, constants, mkdirSync, openSync, rmdirSync, statSync, utimesSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { libc } from "@bot-bottle/kernel"
import type { HarnessLock } from "@bot-bottle/providers"

export type LockResult = { readonly outcome: "held"; release(): void } | { readonly outcome: "busy" }

const POLL_MS = 50

export async function takeHarnessLock(lock: HarnessLock, timeoutMs: number): Promise<LockResult> {
  const deadlineMs = performance.now() + timeoutMs
  const held: (() => void)[] = []
  const release = () => {
    for (const each of held.splice(0).reverse()) each()
  }
  for (const path of lock.paths) {
    const taken = await takeBefore(deadlineMs, () =>
      lock.kind === "flock" ? lockFile(path) : makeLockFolder(path, lock.staleMs),
    )
    if (taken === undefined) {
      release()
      return { outcome: "busy" }
    }
    held.push(taken)
  }
  return { outcome: "held", release }
}

async function takeBefore(deadlineMs: number, take: () => (() => void) | undefined): Promise<(() => void) | undefined> {
  for (;;) {
    const taken = take()
    if (taken !== undefined) return taken
    if (performance.now() >= deadlineMs) return undefined
    await sleep(POLL_MS)
  }
}

/** LOCK_EX | LOCK_NB of flock(2). */
const EXCLUSIVE_NOW = 6
const FLOCK_CALLS: Readonly<Record<string, number>> = { x64: 73, arm64: 32 }

/** The kernel frees it when this process ends, however it ends. */
function lockFile(path: string): (() => void) | undefined {
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600)
  const call = FLOCK_CALLS[process.arch]
  if (call === undefined) throw new Error(`No flock(2) on ${process.arch}`)
  if (Number(libc().syscall(call, file, EXCLUSIVE_NOW, 0, 0, 0, 0)) === 0) return () => closeSync(file)
  closeSync(file)
  return undefined
}

function makeLockFolder(path: string, staleMs: number): (() => void) | undefined {
  try {
    mkdirSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
    // Its holder touches it. A dead holder does not; the next attempt makes the folder again.
    if (ageMs(path) > staleMs) removeIfThere(path)
    return undefined
  }
  const touching = setInterval(() => touch(path), staleMs / 4)
  return () => {
    clearInterval(touching)
    removeIfThere(path)
  }
}

function ageMs(path: string): number {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats === undefined ? 0 : Date.now() - stats.mtimeMs
}

function touch(path: string): void {
  const now = new Date()
  try {
    utimesSync(path, now, now)
  } catch {
    // Somebody has taken it over, and nothing here can take it back.
  }
}

function removeIfThere(path: string): void {
  try {
    rmdirSync(path)
  } catch (error) {
    if (!["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error
  }
}
