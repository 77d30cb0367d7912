// Which files a library reads at all: by owner, folder, link and kind.

import { expect, test } from "bun:test"
import { chmod, mkdir, symlink, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { openTempFolder, runProgram } from "@bot-bottle/testkit"
import { loadSettings, openManifestLibrary } from "./library.ts"
import { FINE, hostWith, problemOf, write } from "./testing/host-folder.ts"

test("INV-26: a repository offers agents, never bottles, and never a budget", async () => {
  await using host = await hostWith({
    "root/bottles/dev.md": FINE,
    "repo/.bot-bottle/agents/helper.md": "---\nbottle: dev\n---\nHelp.\n",
    "repo/.bot-bottle/agents/rich.md": "---\nbudget: {claude: 1}\n---\n",
    "repo/.bot-bottle/agents/thief.md": "---\nskills: [/etc/passwd]\nbottle: ./bottles/open.md\n---\n",
    "repo/.bot-bottle/bottles/open.md": "---\negress: {routes: [{host: evil.example}]}\n---\n",
  })
  const library = host.open()
  expect(library.loadAgent("helper")).toMatchObject({ origin: "repo", bottle: "dev", budget: {}, prompt: "Help." })
  expect(problemOf(() => library.loadAgent("rich"))).toEqual([
    `${host.repo}/.bot-bottle/agents/rich.md:2: an agent that comes with a repository may not carry a budget`,
    "budgets are the operator's: settings.yml, or an agent under the host root",
  ])
  expect(problemOf(() => library.loadAgent("thief"))?.[0]).toContain(
    "agent 'thief' skills[0] '/etc/passwd' is not a valid",
  )
  expect(library.listBottles().map(({ name }) => name)).toEqual(["dev"])
  expect(library.warnings).toEqual([
    `${host.repo}/.bot-bottle/bottles is not read: bottles live in ${host.root}/bottles only`,
  ])
})

test.each(["---\nbottle: mine\n---\n", "does not parse"])(
  "openManifestLibrary: the operator's agent hides the repository's of that name (%j)",
  async (own) => {
    await using host = await hostWith({
      "root/agents/helper.md": own,
      "repo/.bot-bottle/agents/helper.md": "---\nbottle: theirs\n---\n",
    })
    const library = host.open()
    expect(
      library.listAgents().map((entry) => (entry.outcome === "parsed" ? entry.manifest.bottle : "broken")),
    ).toEqual([own.startsWith("---") ? "mine" : "broken"])
    expect(library.findFiles("helper")).toEqual([
      { kind: "agent", origin: "operator", file: `${host.root}/agents/helper.md` },
    ])
    expect(library.warnings).toEqual([
      "agent 'helper' of this repository is not used: the operator has one of that name",
    ])
  },
)

test("openManifestLibrary: in the operator's home folder, the host root is not also a repository's folder", async () => {
  await using folder = await openTempFolder()
  await write(folder.path, { ".bot-bottle/agents/a.md": FINE, ".bot-bottle/bottles/b.md": FINE })
  const library = openManifestLibrary({ root: join(folder.path, ".bot-bottle"), repoFolder: folder.path })
  expect(library.warnings).toEqual([])
  expect(library.loadAgent("a").origin).toBe("operator")
})

test("openManifestLibrary: a symlinked manifest folder of the operator is refused", async () => {
  await using host = await hostWith({ "elsewhere/dev.md": FINE })
  await symlink(join(host.folder, "elsewhere"), join(host.root, "bottles"))
  expect(problemOf(() => host.open())?.[0]).toBe(
    `${host.root}/bottles is a symbolic link; manifests are read from a real folder only`,
  )
})

test.each([".bot-bottle", ".bot-bottle/agents"])(
  "openManifestLibrary: a repository's %s that is a symlink is not followed, and said so",
  async (link) => {
    await using host = await hostWith({ "elsewhere/agents/a.md": FINE, "elsewhere/a.md": FINE })
    await mkdir(dirname(join(host.repo, link)), { recursive: true })
    await symlink(join(host.folder, "elsewhere"), join(host.repo, link))
    const library = host.open()
    expect(library.listAgents()).toEqual([])
    expect(library.warnings).toHaveLength(1)
    expect(library.warnings[0]).toContain(`${host.repo}/${link} `)
  },
)

test("openManifestLibrary: a manifest that is a link is read inside its folder and refused outside", async () => {
  await using host = await hostWith({
    "root/bottles/dev.md": "---\nshutdown: kill\n---\n",
    "elsewhere/out.md": FINE,
    "repo/.bot-bottle/agents/a.md": FINE,
  })
  await symlink("dev.md", join(host.root, "bottles/alias.md"))
  await symlink(join(host.folder, "elsewhere/out.md"), join(host.root, "bottles/out.md"))
  await symlink("/etc/hostname", join(host.repo, ".bot-bottle/agents/spy.md"))
  await symlink(join(host.folder, "nowhere"), join(host.root, "settings.yml"))
  const library = host.open()
  expect(library.loadBottles(["alias"])).toMatchObject({ name: "alias", shutdown: "kill" })
  expect(problemOf(() => library.loadBottles(["out"]))?.[0]).toContain(
    "is a symbolic link that leads out of its folder",
  )
  expect(problemOf(() => library.loadAgent("spy"))?.[0]).toContain("is a symbolic link that leads out of its folder")
  expect(problemOf(() => loadSettings(host.root))?.[0]).toBe(`${host.root}/settings.yml: cannot be read (ENOENT)`)
})

test("openManifestLibrary: a file that is not text of a sane size is a problem, and is not waited for", async () => {
  await using host = await hostWith({ "root/bottles/big.md": `---\n---\n${"x".repeat(1024 * 1024)}` })
  await writeFile(join(host.root, "bottles/latin.md"), Buffer.from([0x2d, 0x2d, 0x2d, 0x0a, 0xe9]))
  await mkdir(join(host.root, "bottles/folder.md"))
  await runProgram(["mkfifo", "-m", "600", join(host.root, "bottles/fifo.md")])
  const problems = host
    .open()
    .listBottles()
    .map((entry) => [entry.name, entry.outcome === "broken" ? entry.problems[0]?.message : "parsed"])
  expect(problems).toEqual([
    ["big", "is larger than 1 MiB"],
    ["fifo", "is not a regular file"],
    ["folder", "is not a regular file"],
    ["latin", "is not UTF-8 text"],
  ])
})

test("INV-26: nothing is read that another user can write", async () => {
  await using host = await hostWith({ "root/bottles/dev.md": FINE, "root/settings.yml": "", "root/agents/a.md": FINE })
  const library = host.open()
  await chmod(join(host.root, "bottles/dev.md"), 0o666)
  expect(problemOf(() => library.loadBottles(["dev"]))?.[0]).toContain("can be written by other users (mode 0666)")
  await chmod(join(host.root, "settings.yml"), 0o622)
  expect(problemOf(() => loadSettings(host.root))?.[0]).toContain("settings.yml can be written by other users")
  expect(problemOf(() => host.open())?.[0]).toContain("settings.yml can be written by other users")
})
