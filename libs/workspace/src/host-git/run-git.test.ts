import { expect, test } from "bun:test"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { openTempFolder } from "@bot-bottle/testkit"
import { NO_REPOSITORY, runGit } from "./run-git.ts"

test("INV-152: outside a repository Git reads the file it is given, and finds no repository", async () => {
  await using folder = await openTempFolder()
  const file = join(folder.path, "settings")
  writeFileSync(file, "[user]\n\tname = Ada\n")
  const listed = await runGit(NO_REPOSITORY, ["config", "--file", file, "-z", "--list"])
  expect({ exitCode: listed.exitCode, stdout: listed.stdout.toString() }).toEqual({
    exitCode: 0,
    stdout: "user.name\nAda\0",
  })
  expect(await runGit(NO_REPOSITORY, ["rev-parse", "--git-dir"])).toMatchObject({ exitCode: 128 })
})
