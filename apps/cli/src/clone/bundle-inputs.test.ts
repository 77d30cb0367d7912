import { expect, test } from "bun:test"
import { chmodSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { openTempFolder } from "@bot-bottle/testkit"
import { formatInputs, isUnchanged, stateOf } from "./bundle-inputs.ts"

// biome-ignore format: a table
test.each([
  ["nothing",                                     () => {},                                                             true],
  ["a file that is not listed",                    (clone) => writeFileSync(join(clone, "libs/other.ts"), "1"),          true],
  ["other text of the same length",               (clone) => writeFileSync(join(clone, "libs/a.ts"), "2"),              false],
  ["the same text, written again",                (clone) => writeFileSync(join(clone, "libs/a.ts"), "1"),              false],
  ["other text, with the old file's times",       (clone) => keepingTimes(join(clone, "libs/a.ts"), "2"),               false],
  ["another file, renamed to it, of the old time", (clone) => replaceByRename(join(clone, "libs/a.ts")),                false],
  ["its mode",                                    (clone) => chmodSync(join(clone, "libs/a.ts"), 0o600),                false],
  ["it is gone",                                  (clone) => rmSync(join(clone, "libs/a.ts")),                          false],
  ["it is a link now",                            (clone) => relink(join(clone, "libs/a.ts")),                          false],
  ["an installed package, edited",                (clone) => writeFileSync(join(clone, "node_modules/b/b.js"), "2"),    false],
  ["an installed package has one more link",      (clone) => Bun.spawnSync(["ln", join(clone, "node_modules/b/b.js"), join(clone, "c.js")]), true],
] as readonly (readonly [what: string, change: (clone: string) => unknown, fresh: boolean])[])("a kept bundle is fresh after this change: %s", async (_what, change, fresh) => {
  await using clone = await cloneWithInputs()
  expect(isUnchanged(clone.path, clone.list)).toBe(true)
  await nextTick(clone.path)
  change(clone.path)
  expect(isUnchanged(clone.path, clone.list)).toBe(fresh)
})

test.each(["", "\n", "no tab", "\tlibs/a.ts"])("the list %j is of no fresh bundle", async (list) => {
  await using clone = await cloneWithInputs()
  expect(isUnchanged(clone.path, list)).toBe(false)
})

async function cloneWithInputs() {
  const folder = await openTempFolder()
  for (const [path, text] of [
    ["libs/a.ts", "1"],
    ["node_modules/b/b.js", "1"],
  ] as const) {
    mkdirSync(join(folder.path, path, ".."), { recursive: true })
    writeFileSync(join(folder.path, path), text)
  }
  const paths = ["libs/a.ts", "node_modules/b/b.js"]
  const list = formatInputs(paths.map((path) => ({ path, state: stateOf(folder.path, path) ?? "" })))
  return { path: folder.path, list, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}

/** The kernel's clock for files moves in steps of some milliseconds. */
async function nextTick(folder: string): Promise<void> {
  const look = () => {
    writeFileSync(join(folder, "clock"), "x")
    return statSync(join(folder, "clock")).ctimeMs
  }
  const first = look()
  while (look() === first) await new Promise((done) => setImmediate(done))
}

function keepingTimes(path: string, text: string): void {
  const { atime, mtime } = statSync(path)
  writeFileSync(path, text)
  utimesSync(path, atime, mtime)
}

function replaceByRename(path: string): void {
  const { atime, mtime } = statSync(path)
  writeFileSync(`${path}.new`, "2")
  utimesSync(`${path}.new`, atime, mtime)
  renameSync(`${path}.new`, path)
}

function relink(path: string): void {
  renameSync(path, `${path}.away`)
  symlinkSync(`${path}.away`, path)
}
