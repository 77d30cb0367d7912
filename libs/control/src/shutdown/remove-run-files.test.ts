import { expect, test } from "bun:test"
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import { runFolders } from "@bot-bottle/contracts"
import { asUnprivileged, isRoot, openTempFolder, UNPRIVILEGED_ID } from "@bot-bottle/testkit"
import { removeRunFiles } from "./remove-run-files.ts"

const SLUG = "trial-abc12"

test("what an agent nested, linked and locked goes; the metadata and what its links name stay", async () => {
  await using folder = await openTempFolder()
  const { state, home, workspace } = runFolders(folder.path, SLUG)
  const victim = join(folder.path, "victim")
  for (const path of [home, workspace, victim]) mkdirSync(path, { recursive: true })
  writeFileSync(join(victim, "file"), "precious")
  for (const name of ["metadata.json", "launch.json", "launcher"]) writeFileSync(join(state, name), "{}")
  symlinkSync(victim, join(home, "link"))
  symlinkSync(victim, join(workspace, "-rf"))
  mkdirSync(join(home, "locked"), { mode: 0o000 })
  // Deeper than a path can be long, and than a removal by the square of the depth ends in time.
  const nest = 'chdir $ARGV[0] or die; for (1 .. 5000) { mkdir "d" or die; chdir "d" or die }'
  expect(Bun.spawnSync(["/usr/bin/perl", "-e", nest, home]).exitCode).toBe(0)

  removeRunFiles(folder.path, SLUG)
  expect(readdirSync(state)).toEqual(["metadata.json"])
  expect(readFileSync(join(victim, "file"), "utf8")).toBe("precious")
  removeRunFiles(folder.path, SLUG)
})

/** The repository may lie where only root may enter. */
const isReadable =
  Bun.spawnSync([...asUnprivileged(["test", "-r", join(import.meta.dir, "remove-run-files.ts")])]).exitCode === 0

test.skipIf(!isReadable)("folders an agent made read-only go too, for an operator who is not root", async () => {
  await using folder = await openTempFolder()
  const { state, home } = runFolders(folder.path, SLUG)
  const cache = join(home, "go/pkg")
  mkdirSync(cache, { recursive: true })
  writeFileSync(join(cache, "module"), "")
  chmodSync(cache, 0o555)
  const owned = [cache, join(cache, "module"), join(home, "go"), home, state, join(folder.path, "state"), folder.path]
  if (isRoot()) for (const path of owned) chownSync(path, UNPRIVILEGED_ID, UNPRIVILEGED_ID)

  const script = `const { removeRunFiles } = await import(${JSON.stringify(import.meta.resolve("./remove-run-files.ts"))})
    removeRunFiles(${JSON.stringify(folder.path)}, "${SLUG}")`
  const { stderr } = Bun.spawnSync([...asUnprivileged([process.execPath, "-e", script])], { cwd: "/" })
  expect({ left: existsSync(home), stderr: stderr.toString() }).toEqual({ left: false, stderr: "" })
})
