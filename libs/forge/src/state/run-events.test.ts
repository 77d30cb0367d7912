import { expect, test } from "bun:test"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { FORGE_FILES, runFolders } from "@bot-bottle/contracts"
import { openTempFolder } from "@bot-bottle/testkit"
import { findOpenedPullRequest, readCheckIn } from "./run-events.ts"

const SLUG = "r-aaaaa"

test("a run that has said nothing yet has no check-in and no pull request", async () => {
  await using folder = await openTempFolder()
  expect([await readCheckIn(folder.path, SLUG), await findOpenedPullRequest(folder.path, SLUG)]).toEqual([0, undefined])
})

test("a check-in is the time in the file", async () => {
  await using folder = await openTempFolder()
  writeFileSync(filesOf(folder.path).checkIn, "2026-11-28T10:00:00.000Z\n")
  expect(await readCheckIn(folder.path, SLUG)).toBe(Date.parse("2026-11-28T10:00:00.000Z"))
})

test("a file that cannot be read is an error, not a silent run: the watchdog would freeze it", async () => {
  await using folder = await openTempFolder()
  const { checkIn, queue } = filesOf(folder.path)
  mkdirSync(checkIn)
  await expect(readCheckIn(folder.path, SLUG)).rejects.toThrow("EISDIR")
  writeFileSync(queue, "not a folder")
  await expect(findOpenedPullRequest(folder.path, SLUG)).rejects.toThrow("ENOTDIR")
})

function filesOf(root: string) {
  const folder = join(runFolders(root, SLUG).state, "forge")
  mkdirSync(folder, { recursive: true })
  return { checkIn: join(folder, FORGE_FILES.checkIn), queue: join(folder, FORGE_FILES.queue) }
}
