import { expect, test } from "bun:test"
import { existsSync, mkdirSync, utimesSync } from "node:fs"
import { join } from "node:path"
import type { HarnessLock } from "@bot-bottle/providers"
import { openTempFolder, runProgram } from "@bot-bottle/testkit"
import { takeHarnessLock } from "./harness-lock.ts"

const STALE_MS = 10_000

test.each(["flock", "folder"] as const)("%s: one holder at a time, and none when it is released", async (kind) => {
  await using temp = await openTempFolder()
  const lock = lockIn(temp.path, kind)
  const first = await takeHarnessLock(lock, 0)
  expect([first.outcome, (await takeHarnessLock(lock, 0)).outcome]).toEqual(["held", "busy"])
  const waiting = takeHarnessLock(lock, 5_000)
  if (first.outcome === "held") first.release()
  const second = await waiting
  expect(second.outcome).toBe("held")
  if (second.outcome === "held") second.release()
  expect(existsSync(join(temp.path, "first"))).toBe(kind === "flock")
})

test("a folder that nobody touches any more is taken over, one that is touched is not", async () => {
  await using temp = await openTempFolder()
  const path = join(temp.path, "first")
  const lock = { kind: "folder", paths: [path], staleMs: STALE_MS } as const
  mkdirSync(path)
  expect((await takeHarnessLock(lock, 0)).outcome).toBe("busy")
  const before = (Date.now() - STALE_MS - 1_000) / 1000
  utimesSync(path, before, before)
  const taken = await takeHarnessLock(lock, 1_000)
  expect(taken.outcome).toBe("held")
  if (taken.outcome === "held") taken.release()
})

test("flock is the lock that other programs see", async () => {
  await using temp = await openTempFolder()
  const path = join(temp.path, "first")
  const taken = await takeHarnessLock({ kind: "flock", paths: [path] }, 0)
  const attempt = () => runProgram(["flock", "--nonblock", path, "true"])
  expect((await attempt()).exitCode).toBe(1)
  if (taken.outcome === "held") taken.release()
  expect((await attempt()).exitCode).toBe(0)
})

function lockIn(folder: string, kind: HarnessLock["kind"]): HarnessLock {
  const paths = [join(folder, "first"), join(folder, "second")]
  return kind === "flock" ? { kind, paths } : { kind, paths, staleMs: STALE_MS }
}
