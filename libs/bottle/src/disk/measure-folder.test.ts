import { expect, test } from "bun:test"
import { chmodSync, chownSync, linkSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { isRoot, openTempFolder } from "@bot-bottle/testkit"
import { ENTRY_BYTES, measureFolder } from "./measure-folder.ts"
import { createPace } from "./time-slices.ts"

const MIB = 2 ** 20

test("each file counts with what it takes, once however often it is named, and an empty one as an entry", async () => {
  await using folder = await openTempFolder()
  const { path } = folder
  mkdirSync(join(path, "below"))
  fill(join(path, "below/one"), 3 * MIB)
  linkSync(join(path, "below/one"), join(path, "again"))
  writeFileSync(join(path, "empty"), "")
  const expected = [join(path, "below"), join(path, "below/one"), join(path, "empty")].reduce(
    (sum, file) => sum + Math.max(statSync(file).blocks * 512, ENTRY_BYTES),
    0,
  )
  expect(expected).toBeGreaterThanOrEqual(3 * MIB + ENTRY_BYTES)
  expect(await measure(path)).toEqual({ bytes: expected, writtenBytes: expected, recentBytes: expected, isWhole: true })
})

test("INV-69: a link, a pipe and a place outside lead nowhere; what they name counts where it lies", async () => {
  await using outside = await openTempFolder()
  await using folder = await openTempFolder()
  fill(join(outside.path, "large"), 5 * MIB)
  symlinkSync(outside.path, join(folder.path, "folder"))
  symlinkSync(join(outside.path, "large"), join(folder.path, "file"))
  Bun.spawnSync(["mkfifo", join(folder.path, "pipe")])
  expect((await measure(folder.path)).bytes).toBeLessThan(MIB)
  expect((await measure(outside.path)).bytes).toBeGreaterThanOrEqual(5 * MIB)
  // The folder itself replaced by a link.
  expect(await measure(join(folder.path, "folder"))).toMatchObject({ bytes: 0 })
})

test("what was last changed before a time is not among what was written since", async () => {
  await using folder = await openTempFolder()
  fill(join(folder.path, "old"), MIB)
  const { ctimeMs } = statSync(join(folder.path, "old"))
  const written = join(folder.path, "new")
  // The kernel's clock for files goes in steps of some milliseconds.
  do fill(written, 2 * MIB)
  while (statSync(written).ctimeMs === ctimeMs)
  const later = statSync(written).ctimeMs
  const split = await measure(folder.path, { writtenSinceMs: (ctimeMs + later) / 2, recentSinceMs: later + 1 })
  expect([
    split.bytes >= 3 * MIB,
    split.writtenBytes >= 2 * MIB,
    split.writtenBytes < 3 * MIB,
    split.recentBytes,
  ]).toEqual([true, true, true, 0])
})

test("INV-69: nested deeper than is looked into, or cut short, the measure says that it is not whole", async () => {
  await using folder = await openTempFolder()
  const deep = (levels: number) => join(folder.path, ...Array.from({ length: levels }, () => "d"))
  mkdirSync(deep(127), { recursive: true })
  expect((await measure(folder.path)).isWhole).toBe(true)
  mkdirSync(deep(129), { recursive: true })
  expect((await measure(folder.path)).isWhole).toBe(false)
  expect(
    (await measureFolder(folder.path, { ...EVER, pace: createPace({ timeoutMs: -1, signal: NEVER }) })).isWhole,
  ).toBe(false)
})

// Root reads what it wants: the folder is another user's, and so is who measures it.
test.skipIf(!isRoot())("INV-69: a folder closed to its own owner is measured, and is closed again", async () => {
  await using folder = await openTempFolder()
  const closed = join(folder.path, "top/closed")
  mkdirSync(closed, { recursive: true })
  fill(join(closed, "hidden"), 3 * MIB)
  for (const path of [join(closed, "hidden"), closed, join(folder.path, "top")]) chownSync(path, 65534, 65534)
  chmodSync(closed, 0)
  chmodSync(folder.path, 0o711)
  const seen = await measureAsNobody(join(folder.path, "top"))
  expect([seen.isWhole, seen.bytes >= 3 * MIB]).toEqual([true, true])
  expect(statSync(closed).mode & 0o7777).toBe(0)

  // Another owner's: not ours to open.
  chownSync(closed, 0, 0)
  expect((await measureAsNobody(join(folder.path, "top"))).isWhole).toBe(false)
})

const NEVER = new AbortController().signal
const EVER = { writtenSinceMs: 0, recentSinceMs: 0 }

function measure(path: string, since: Partial<typeof EVER> = {}) {
  return measureFolder(path, { ...EVER, ...since, pace: createPace({ timeoutMs: 20_000, signal: NEVER }) })
}

async function measureAsNobody(path: string): Promise<{ readonly bytes: number; readonly isWhole: boolean }> {
  const code = `const { measureFolder } = await import(${JSON.stringify(join(import.meta.dir, "measure-folder.ts"))})
    process.setgroups([]); process.setgid(65534); process.setuid(65534)
    const pace = { step: () => undefined, isOver: () => false }
    console.log(JSON.stringify(await measureFolder(${JSON.stringify(path)}, { writtenSinceMs: 0, recentSinceMs: 0, pace })))`
  const child = Bun.spawn([process.execPath, "-e", code], { stdout: "pipe", stderr: "inherit" })
  return JSON.parse(await new Response(child.stdout).text())
}

function fill(path: string, bytes: number): void {
  writeFileSync(path, new Uint8Array(bytes))
}
