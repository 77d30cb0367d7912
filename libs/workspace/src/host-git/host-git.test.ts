// Repositories that make plain Git run what they name, and what we do with them.

import { describe, expect, test } from "bun:test"
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { OperatorProblem } from "@bot-bottle/contracts"
import { bytePath } from "@bot-bottle/kernel"
import { loadBaseline } from "../baseline.ts"
import { copyWorkspace } from "../copy/copy-workspace.ts"
import { reviewWorkspace } from "../review/review.ts"
import { fetchCommits } from "./fetch-commits.ts"
import { listIgnored } from "./list-ignored.ts"
import { openOwnRepository, runGit } from "./run-git.ts"

interface Trick {
  /** `evil`: a program that leaves a mark. */
  plant(repo: Planted): void
  /** The command that springs it with plain Git. */
  readonly springs: readonly string[]
}

interface Planted {
  readonly path: string
  readonly evil: string
  config(text: string): void
  write(path: string, text: string, mode?: number): void
  git(...args: readonly string[]): void
}

const TRICKS: Readonly<Record<string, Trick>> = {
  "core.fsmonitor": { plant: ({ config, evil }) => config(`[core]\n\tfsmonitor = ${evil}`), springs: ["status"] },
  "a hook": {
    plant: ({ write, evil }) => write(".git/hooks/post-index-change", `#!/bin/sh\n${evil}`, 0o755),
    springs: ["reset", "--mixed"],
  },
  "core.hooksPath": {
    plant: ({ config, write, evil }) => {
      config("[core]\n\thooksPath = hooks")
      write("hooks/post-index-change", `#!/bin/sh\n${evil}`, 0o755)
    },
    springs: ["reset", "--mixed"],
  },
  "diff.external": { plant: ({ config, evil }) => config(`[diff]\n\texternal = ${evil}`), springs: ["diff"] },
  "a textconv of .gitattributes": {
    plant: ({ config, write, evil }) => {
      config(`[diff "evil"]\n\ttextconv = ${evil}`)
      write(".gitattributes", "* diff=evil")
    },
    springs: ["diff"],
  },
  "a clean filter of .gitattributes": {
    plant: ({ config, write, evil }) => {
      config(`[filter "evil"]\n\tclean = ${evil}`)
      write(".gitattributes", "* filter=evil")
    },
    springs: ["add", "--all"],
  },
  "a filter of info/attributes": {
    plant: ({ config, write, evil }) => {
      config(`[filter "evil"]\n\tprocess = ${evil}\n\trequired = true`)
      write(".git/info/attributes", "* filter=evil")
    },
    springs: ["add", "--all"],
  },
  "include.path": {
    plant: ({ config, write, evil }) => {
      config("[include]\n\tpath = ../included")
      write("included", `[core]\n\tfsmonitor = ${evil}`)
    },
    springs: ["status"],
  },
  includeIf: {
    plant: ({ config, write, path, evil }) => {
      config(`[includeIf "gitdir:${path}/"]\n\tpath = ../included`)
      write("included", `[core]\n\tfsmonitor = ${evil}`)
    },
    springs: ["status"],
  },
  "an alias": { plant: ({ config, evil }) => config(`[alias]\n\tst = !${evil}`), springs: ["st"] },
  "core.sshCommand": {
    plant: ({ config, evil }) =>
      config(`[core]\n\tsshCommand = ${evil}\n[remote "origin"]\n\turl = ssh://host.invalid/x`),
    springs: ["fetch", "origin"],
  },
  "an ext:: remote": {
    plant: ({ config, evil }) =>
      config(`[protocol "ext"]\n\tallow = always\n[remote "origin"]\n\turl = "ext::${evil}"`),
    springs: ["fetch", "origin"],
  },
  "a submodule's update command": {
    plant: ({ config, write, git, evil }) => {
      git("init", "-q", "sub")
      git("-C", "sub", "-c", "user.name=n", "-c", "user.email=e", "commit", "-q", "--allow-empty", "-m", "s")
      git("add", "sub")
      write(".gitmodules", '[submodule "sub"]\n\tpath = sub\n\turl = ./sub')
      config(`[submodule "sub"]\n\turl = ./sub\n\tactive = true\n\tupdate = "!${evil}"`)
      git("-C", "sub", "-c", "user.name=n", "-c", "user.email=e", "commit", "-q", "--allow-empty", "-m", "moved")
    },
    springs: ["submodule", "update"],
  },
  "gpg.program": {
    plant: ({ config, git, path, evil }) => {
      config(`[gpg]\n\tprogram = ${evil}\n[log]\n\tshowSignature = true`)
      const tree = Bun.spawnSync(["git", "write-tree"], { cwd: path }).stdout.toString().trim()
      writeFileSync(
        join(path, "signed"),
        `tree ${tree}\nauthor n <e> 1 +0000\ncommitter n <e> 1 +0000\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\nsigned\n`,
      )
      const commit = Bun.spawnSync(["git", "hash-object", "-t", "commit", "-w", "--literally", "signed"], { cwd: path })
      git("update-ref", "HEAD", commit.stdout.toString().trim())
    },
    springs: ["log"],
  },
  "a .git that points elsewhere": {
    plant: ({ path, write, evil }) => {
      cpSync(join(path, ".git"), join(path, "elsewhere"), { recursive: true })
      writeFileSync(join(path, "elsewhere/config"), `[core]\n\trepositoryformatversion = 0\n\tfsmonitor = ${evil}\n`)
      rmSync(join(path, ".git"), { recursive: true })
      write(".git", "gitdir: elsewhere")
    },
    springs: ["status"],
  },
  "a commondir": {
    plant: ({ path, write, evil }) => {
      cpSync(join(path, ".git"), join(path, "common"), { recursive: true })
      writeFileSync(join(path, "common/config"), `[core]\n\trepositoryformatversion = 0\n\tfsmonitor = ${evil}\n`)
      write(".git/commondir", "../common")
    },
    springs: ["status"],
  },
}

describe.each(Object.entries(TRICKS))("a repository with %s", (name, { plant, springs }) => {
  test("INV-152: is reviewed without running it, which plain Git does", async () => {
    using place = openPlace()
    plant(place.repo)
    writeFileSync(join(place.repo.path, "file"), "changed\n")
    const { source, workspace, baseline } = await place.copy()
    writeFileSync(join(workspace, "new"), "")
    await reviewWorkspace({ workspace, baseline })
    // Both are as planted; the copy is one commit ahead.
    place.stepBack()
    const brought = await bringIn(workspace, source)
    expect({ sprung: place.isSprung(), brought }).toEqual({ sprung: false, brought: name.includes("points") ? 0 : 1 })

    for (const cwd of [source, workspace]) {
      Bun.spawnSync(["git", ...springs], {
        cwd,
        env: { PATH: Bun.env["PATH"] ?? "", HOME: place.home },
        stdio: ["ignore", "ignore", "ignore"],
      })
    }
    expect(place.isSprung()).toBe(true)
  })
})

test("INV-152: what Git is told comes from us: no configuration but our own repository's is read", async () => {
  using repository = openOwnRepository()
  const { stdout } = await runGit(repository, ["config", "--list", "--show-origin", "--name-only"])
  const origins = new Set(
    stdout
      .toString()
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split("\t")[0]),
  )
  expect([...origins].sort()).toEqual(["command line:", `file:${repository.path}/config`])
})

async function bringIn(workspace: string, source: string): Promise<number> {
  try {
    using fetched = await fetchCommits({ workspace, source, slug: "trial-aaaaa" })
    fetched.bring()
    return fetched.count
  } catch (error) {
    if (error instanceof OperatorProblem) return 0
    throw error
  }
}

test("ignore rules are asked with names that would mean something to Git", async () => {
  const { ignored } = await listIgnored({
    paths: [":(top)x.o", "*.o", "a b.o", "kept.c", "-rf.o", "new\nline.o"].map(bytePath),
    rules: new Map([[bytePath(".gitignore"), Buffer.from("*.o\n")]]),
  })
  expect([...ignored].sort()).toEqual(["*.o", "-rf.o", ":(top)x.o", "a b.o", "new\nline.o"].map(bytePath).sort())
})

test("ignore rules of sub-folders, of info/exclude, and what is tracked all the same", async () => {
  using place = openPlace()
  place.repo.write(".gitignore", "*.log\n")
  place.repo.git("add", "-f", ".")
  place.repo.write("tracked.log", "")
  place.repo.git("add", "-f", "tracked.log")
  const { ignored } = await listIgnored({
    paths: ["a.log", "tracked.log", "sub/made", "sub/kept", "mine"].map(bytePath),
    rules: new Map([
      [bytePath(".gitignore"), Buffer.from("*.log\n")],
      [bytePath("sub/.gitignore"), Buffer.from("/made\n")],
    ]),
    exclude: Buffer.from("mine\n"),
    index: readFileSync(join(place.repo.path, ".git/index")),
  })
  expect([...ignored].sort()).toEqual(["a.log", "mine", "sub/made"].map(bytePath))
})

function openPlace() {
  const top = realpathSync(mkdtempSync(join(tmpdir(), "bottle-git-")))
  const [source, workspace, home, root] = ["source", "workspace", "home", "root"].map((name) => join(top, name)) as [
    string,
    string,
    string,
    string,
  ]
  for (const folder of [source, workspace, home, root]) mkdirSync(folder)
  const evil = join(top, "evil")
  writeFileSync(evil, `#!/bin/sh\ntouch ${join(top, "sprung")}\ncat 2>/dev/null </dev/null\nexit 1\n`)
  chmodSync(evil, 0o755)
  const git = (...args: readonly string[]) => {
    const { exitCode, stderr } = Bun.spawnSync(["git", ...args], {
      cwd: source,
      env: { PATH: Bun.env["PATH"] ?? "", HOME: home },
    })
    if (exitCode !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`)
  }
  git("init", "-q")
  writeFileSync(join(source, "file"), "first\n")
  git("add", "file")
  git("-c", "user.name=n", "-c", "user.email=e", "commit", "-qm", "first")
  const branch = readFileSync(join(source, ".git/HEAD"), "utf8").trim().slice("ref: ".length)
  const first = readFileSync(join(source, ".git", branch), "utf8")
  git("-c", "user.name=n", "-c", "user.email=e", "commit", "-q", "--allow-empty", "-m", "second")
  const repo: Planted = {
    path: source,
    evil,
    git,
    config: (text) =>
      writeFileSync(join(source, ".git/config"), `${readFileSync(join(source, ".git/config"), "utf8")}\n${text}\n`),
    write: (path, text, mode = 0o644) => {
      mkdirSync(join(source, path, ".."), { recursive: true })
      writeFileSync(join(source, path), text, { mode })
    },
  }
  return {
    repo,
    home,
    stepBack: () => {
      if (lstatSync(join(source, ".git")).isDirectory()) writeFileSync(join(source, ".git", branch), first)
    },
    isSprung: () => existsSync(join(top, "sprung")),
    async copy() {
      const file = join(top, "baseline")
      await copyWorkspace({
        source,
        target: workspace,
        root,
        baseline: file,
        names: { secrets: "hidden", hide: [] },
        onLong: () => {},
        longMs: 60_000,
      })
      return { source, workspace, baseline: loadBaseline(file, "trial") }
    },
    [Symbol.dispose]: () => rmSync(top, { recursive: true, force: true }),
  }
}
