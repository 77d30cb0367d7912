import { expect, test } from "bun:test"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { openTempFolder } from "@bot-bottle/testkit"
import type { DiskSpace } from "./disk-room.ts"
import { type DiskFinding, type DiskWatchOptions, openDiskWatch } from "./disk-watch.ts"

const MIB = 2 ** 20
/** Its floor is 51.2 MiB. */
const ROOMY: DiskSpace = { sizeBytes: 1024 * MIB, freeBytes: 900 * MIB, files: 0, freeFiles: 0 }

test("a run that comes to hold more than its limit is found, in home and workspace together", async () => {
  await using run = await openRun({ limitBytes: 8 * MIB })
  run.write("home/one", 5 * MIB)
  expect(await run.look()).toBe("continues")
  run.write("workspace/two", 4 * MIB)
  expect(await run.look()).toMatchObject({ kind: "over-limit", limitBytes: 8 * MIB })
})

test("in a folder of the operator's, what was there before is not the run's", async () => {
  await using run = await openRun({ limitBytes: 8 * MIB, isBound: true, launchedAtMs: Date.now() + 3_600_000 })
  run.write("workspace/theirs", 20 * MIB)
  expect(await run.look()).toBe("continues")
  run.write("home/own", 9 * MIB)
  expect(await run.look()).toMatchObject({ kind: "over-limit" })
})

test("INV-69: where something could not be looked into, all that the disk has grown counts", async () => {
  await using run = await openRun({ limitBytes: 8 * MIB })
  mkdirSync(join(run.path, "home", ...Array.from({ length: 140 }, () => "d")), { recursive: true })
  expect(await run.look()).toBe("continues")
  run.state.space = { ...ROOMY, freeBytes: ROOMY.freeBytes - 9 * MIB }
  expect(await run.look()).toMatchObject({ kind: "over-limit", heldBytes: 9 * MIB })
})

test("INV-69: at the floor the run that wrote is stopped, and one that wrote little only says so", async () => {
  await using hog = await openRun({})
  hog.write("home/large", 20 * MIB)
  expect(await hog.look()).toBe("continues")
  hog.state.space = { ...ROOMY, freeBytes: 40 * MIB }
  expect(await hog.look()).toMatchObject({ kind: "fills-disk", freeBytes: 40 * MIB })

  await using meek = await openRun({})
  meek.state.space = hog.state.space
  expect(await meek.look()).toBe("continues")
  expect(meek.full).toEqual([hog.state.space])
})

interface Given extends Partial<Pick<DiskWatchOptions, "limitBytes">> {
  readonly isBound?: boolean
  readonly launchedAtMs?: number
}

/** The watch looks only when a test says so, and time continues by what it would have waited. */
async function openRun({ isBound = false, launchedAtMs = 0, ...given }: Given) {
  const folder = await openTempFolder()
  for (const name of ["home", "workspace"]) mkdirSync(join(folder.path, name))
  const state = { space: ROOMY, nowMs: Date.now() }
  let waiting = Promise.withResolvers<() => void>()
  const full: DiskSpace[] = []
  const watch = openDiskWatch({
    disk: { home: join(folder.path, "home"), workspace: join(folder.path, "workspace"), isBound, launchedAtMs },
    limitBytes: undefined,
    onFull: (space) => full.push(space),
    readSpace: () => state.space,
    clock: {
      nowMs: () => state.nowMs,
      wait(ms, closed) {
        const { promise, resolve } = Promise.withResolvers<void>()
        closed.addEventListener("abort", () => resolve())
        waiting.resolve(() => {
          state.nowMs += ms
          resolve()
        })
        return promise
      },
    },
    ...given,
  })
  return {
    path: folder.path,
    state,
    full,
    write(name: string, bytes: number) {
      writeFileSync(join(folder.path, name), new Uint8Array(bytes))
      state.space = { ...state.space, freeBytes: state.space.freeBytes - bytes }
    },
    /** Three looks more, or what was found. */
    async look(): Promise<DiskFinding | "continues"> {
      for (let looks = 0; looks < 4; looks += 1) {
        const goOn = await Promise.race([watch.found, waiting.promise])
        if (typeof goOn !== "function") return goOn
        if (looks === 3) return "continues"
        waiting = Promise.withResolvers()
        goOn()
      }
      return "continues"
    },
    async [Symbol.asyncDispose]() {
      watch.close()
      await folder[Symbol.asyncDispose]()
    },
  }
}
