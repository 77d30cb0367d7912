import { expect, test } from "bun:test"
import { chmod, mkdir, stat, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { OperatorProblem } from "@bot-bottle/contracts"
import { isRoot, openTempFolder } from "@bot-bottle/testkit"
import { checkHostRoot, ensureHostRoot, findOwnershipProblem } from "./host-root.ts"

test("ensureHostRoot: creates the root for its owner alone, and leaves an existing one as it is", async () => {
  await using folder = await openTempFolder()
  const root = join(folder.path, "deep", "root")
  ensureHostRoot(root)
  await writeFile(join(root, "settings.yml"), "gate: off\n", { mode: 0o600 })
  ensureHostRoot(root)
  expect((await stat(root)).mode & 0o777).toBe(0o700)
  expect(await Bun.file(join(root, "settings.yml")).text()).toBe("gate: off\n")
})

test("checkHostRoot: a root that does not exist is fine, and is not created", async () => {
  await using folder = await openTempFolder()
  checkHostRoot(join(folder.path, "root"))
  expect(await Bun.file(join(folder.path, "root")).exists()).toBe(false)
})

// biome-ignore format: a table
test.each([
  // entry           mode    refused
  [".",              "0700", false],
  [".",              "0755", false],
  [".",              "0770", true],
  [".",              "0777", true],
  ["settings.yml",   "0600", false],
  ["settings.yml",   "0644", false],
  ["settings.yml",   "0660", true],
  ["settings.yml",   "0646", true],
  ["bottles",        "0755", false],
  ["bottles",        "0777", true],
  ["agents",         "0730", true],
  ["bot-bottle.db",  "0666", true],
] as const)("INV-26: %s with mode %s is refused: %p", async (entry, mode, refused) => {
  await using folder = await openTempFolder()
  await writeFile(join(folder.path, "settings.yml"), "")
  await writeFile(join(folder.path, "bot-bottle.db"), "")
  await mkdir(join(folder.path, "bottles"))
  await mkdir(join(folder.path, "agents"))
  for (const name of [".", "settings.yml", "bottles", "agents", "bot-bottle.db"]) await chmod(join(folder.path, name), 0o700)
  await chmod(join(folder.path, entry), Number.parseInt(mode, 8))

  const problem = thrownBy(() => ensureHostRoot(folder.path))
  if (!refused) expect(problem).toBeUndefined()
  else {
    const path = join(folder.path, entry)
    expect([problem?.message, problem?.hint]).toEqual([
      `${path} can be written by other users (mode ${mode})`,
      `chmod -R go-w ${path}`,
    ])
  }
})

test("INV-26: a link in the root is judged by what it leads to", async () => {
  await using folder = await openTempFolder()
  await using elsewhere = await openTempFolder()
  await chmod(elsewhere.path, 0o777)
  await symlink(elsewhere.path, join(folder.path, "state"))
  expect(thrownBy(() => checkHostRoot(folder.path))?.message).toContain("can be written by other users")
  await chmod(elsewhere.path, 0o700)
  expect(thrownBy(() => checkHostRoot(folder.path))).toBeUndefined()
})

test("INV-26: another user's file is refused, root's and ours are not", () => {
  const self = process.getuid?.() ?? 0
  expect([self + 1, self, 0].map((uid) => findOwnershipProblem("/x", { uid, mode: 0o644 }))).toEqual([
    { message: `belongs to another user (id ${self + 1})`, hint: `chown -R ${self} /x` },
    undefined,
    undefined,
  ])
})

test.skipIf(!isRoot())("INV-26: a root that an unprivileged user owns is refused to root", async () => {
  await using folder = await openTempFolder({ owner: "unprivileged" })
  expect(thrownBy(() => ensureHostRoot(folder.path))?.message).toContain("belongs to another user")
})

test("ensureHostRoot: a file in the way is named", async () => {
  await using folder = await openTempFolder()
  await writeFile(join(folder.path, "root"), "")
  expect(thrownBy(() => ensureHostRoot(join(folder.path, "root")))?.message).toContain(join(folder.path, "root"))
})

function thrownBy(act: () => void): OperatorProblem | undefined {
  try {
    act()
    return undefined
  } catch (error) {
    if (error instanceof OperatorProblem) return error
    throw error
  }
}
