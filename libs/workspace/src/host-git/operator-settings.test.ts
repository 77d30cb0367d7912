import { expect, test } from "bun:test"
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { openTempFolder } from "@bot-bottle/testkit"
import { composeGuestGitConfig, composeGuestLfsConfig, LFS_CLEAN, loadOperatorGit } from "./operator-settings.ts"

test("identity, line ends and the rules for every repository are taken over; later files win, includes count", async () => {
  await using operator = await openOperator({
    ".config/git/config": "[user]\n\tname = Early\n\temail = early@example.com\n",
    ".gitconfig": '[user]\n\tname = Ada \\"A\\" L\n[include]\n\tpath = more\n[core]\n\texcludesFile = ~/rules\n',
    more: "[core]\n\tautocrlf = Input\n\teol = LF\n",
    rules: "*.log\n.DS_Store\n",
  })
  expect(await operator.load("/srv/project")).toEqual({
    name: 'Ada "A" L',
    email: "early@example.com",
    autocrlf: "input",
    eol: "lf",
    excludes: "*.log\n.DS_Store\n",
  })
})

test("settings for some folders count in these", async () => {
  await using operator = await openOperator({
    ".gitconfig":
      '[user]\n\temail = me@home\n[includeIf "gitdir:~/work/"]\n\tpath = ~/work.inc\n[includeIf "onbranch:x"]\n\tpath = never\n',
    "work.inc": "[user]\n\temail = me@work\n",
    never: "[user]\n\temail = never\n",
  })
  expect((await operator.load(join(operator.home, "work/a"))).email).toBe("me@work")
  expect((await operator.load(join(operator.home, "workshop"))).email).toBe("me@home")
})

test("the default file of rules counts without a setting, and a setting that names a program or has no value stays outside", async () => {
  await using operator = await openOperator({
    ".config/git/ignore": "tags\n",
    ".gitconfig":
      "[core]\n\tfsmonitor = touch x\n\thooksPath = /evil\n\tautocrlf = !touch\n[alias]\n\tx = !id\n[commit]\n\tgpgsign = true\n[include]\n\tpath = .gitconfig\n",
  })
  expect(await operator.load("/")).toEqual({ excludes: "tags\n" })
})

test("Git reads back what the bottle is given, whatever is in a name", async () => {
  await using operator = await openOperator({})
  const settings = { name: 'a"b\\c\td\n[core]\n\tpager = x ', email: "ü@x#y;z", autocrlf: "false" }
  writeFileSync(join(operator.home, "guest"), composeGuestGitConfig({ ...settings, excludes: "x" }, "/etc/gitignore"))
  const keys = ["user.name", "user.email", "core.autocrlf", "core.excludesfile"]
  const read = keys.map((key) =>
    Bun.spawnSync(["git", "config", "-z", "--file", join(operator.home, "guest"), key])
      .stdout.toString()
      .slice(0, -1),
  )
  expect(read).toEqual([settings.name, settings.email, "false", "/etc/gitignore"])
})

test("without Git LFS in the bottle its files do not count as changes, stay pointers in commits, and new contents are kept", async () => {
  await using operator = await openOperator({ clean: LFS_CLEAN })
  const at = (name: string) => join(operator.home, name)
  writeFileSync(at("guest"), composeGuestLfsConfig(at("clean")))
  const who = { GIT_AUTHOR_NAME: "n", GIT_AUTHOR_EMAIL: "e", GIT_COMMITTER_NAME: "n", GIT_COMMITTER_EMAIL: "e" }
  const git = (env: Readonly<Record<string, string>>, ...args: readonly string[]) =>
    Bun.spawnSync(["git", ...args], {
      cwd: at("repo"),
      // The host of these tests may have Git LFS installed.
      env: { PATH: Bun.env["PATH"] ?? "", HOME: operator.home, GIT_CONFIG_SYSTEM: "/dev/null", ...who, ...env },
    }).stdout.toString()
  const inBottle = { GIT_CONFIG_SYSTEM: at("guest") }
  mkdirSync(at("repo"))
  git({}, "init", "-q")
  const contents = "\0binary ".repeat(1000)
  const oid = Bun.CryptoHasher.hash("sha256", contents, "hex")
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${contents.length}\n`
  // As a host with Git LFS leaves it: pointers in the commit, contents in the folder.
  writeFileSync(at("repo/.gitattributes"), "*.bin filter=lfs diff=lfs merge=lfs -text\n")
  for (const name of ["a.bin", "pointer.bin"]) writeFileSync(at(`repo/${name}`), pointer)
  git({}, "add", "-A")
  git({}, "commit", "-q", "-m", "with pointers")
  writeFileSync(at("repo/a.bin"), contents)
  git(inBottle, "add", "a.bin")
  // A copy's files are other files than the ones in Git's index, so Git looks into them.
  for (const name of ["a.bin", "pointer.bin"]) utimesSync(at(`repo/${name}`), 1, 1)
  expect(git({}, "status", "--short")).toBe(" M a.bin\n")
  expect(git(inBottle, "status", "--short")).toBe("")
  writeFileSync(at("repo/new.bin"), contents)
  writeFileSync(at("repo/empty.bin"), "")
  git(inBottle, "add", "-A")
  git(inBottle, "commit", "-q", "-m", "new")
  expect(git(inBottle, "show", "HEAD:new.bin")).toBe(pointer)
  expect(git(inBottle, "show", "HEAD:empty.bin")).toBe("")
  expect(readFileSync(at(`repo/.git/lfs/objects/${oid.slice(0, 2)}/${oid.slice(2, 4)}/${oid}`), "utf8")).toBe(contents)
})

async function openOperator(files: Readonly<Record<string, string>>) {
  const folder = await openTempFolder()
  const home = folder.path
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(home, name, ".."), { recursive: true })
    writeFileSync(join(home, name), text)
  }
  return {
    home,
    load: (at: string) => loadOperatorGit({ home, configHome: undefined, folder: at, systemFile: join(home, "none") }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}
