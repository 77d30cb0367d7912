import { expect, test } from "bun:test"
import { openTempFolder } from "@bot-bottle/testkit"
import { UNSIGNED_GIT } from "./unsigned-git.ts"

test("a repository that signs everything commits and tags all the same", async () => {
  await using folder = await openTempFolder()
  const git = (env: Readonly<Record<string, string>>, ...args: readonly string[]) => {
    const who = ["-c", "user.name=n", "-c", "user.email=e"]
    const options = { cwd: folder.path, env: { PATH: Bun.env["PATH"] ?? "", HOME: folder.path, ...env } }
    return Bun.spawnSync(["git", ...who, ...args], options).exitCode
  }
  git({}, "init", "-q")
  for (const key of ["commit.gpgSign", "tag.gpgSign"]) git({}, "config", key, "true")
  git({}, "config", "gpg.program", "/bin/false")
  const commit = ["commit", "-q", "--allow-empty", "-m", "x"]
  expect([git({}, ...commit), git(UNSIGNED_GIT, ...commit), git(UNSIGNED_GIT, "tag", "-m", "x", "v1")]).toEqual([
    128, 0, 0,
  ])
})
