import { expect, test } from "bun:test"
import { chmodSync, mkdirSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { OperatorProblem } from "@bot-bottle/contracts"
import { openTempFolder } from "@bot-bottle/testkit"
import { loadSkills } from "./skills.ts"

test("loadSkills: every file of the folder, bytes and executable bit kept, without .git", async () => {
  await using host = await openHost()
  await host.write("root/skills/review/SKILL.md", "# Review")
  await host.write("root/skills/review/bin/run", "#!/bin/sh\n")
  await host.write("root/skills/review/.git/config", "x")
  await Bun.write(join(host.path, "root/skills/review/logo.bin"), new Uint8Array([0, 255, 128]))
  chmodSync(join(host.path, "root/skills/review/bin/run"), 0o755)
  symlinkSync("SKILL.md", join(host.path, "root/skills/review/README.md"))
  const [skill] = host.load({ skills: ["review"] })
  expect(skill?.files.map(({ path, content, isExecutable }) => [path, [...content].length, isExecutable])).toEqual([
    ["README.md", 8, false],
    ["SKILL.md", 8, false],
    ["bin/run", 10, true],
    ["logo.bin", 3, false],
  ])
})

test("a repository's agent also gets the repository's skills, and the operator's of the same name instead", async () => {
  await using host = await openHost()
  await host.write("repo/.bot-bottle/skills/both/SKILL.md", "the repository's")
  await host.write("repo/.bot-bottle/skills/theirs/SKILL.md", "the repository's")
  await host.write("root/skills/both/SKILL.md", "the operator's")
  const skills = host.load({ origin: "repo", skills: ["both", "theirs"] })
  expect(skills.map(({ name, files }) => [name, new TextDecoder().decode(files[0]?.content)])).toEqual([
    ["both", "the operator's"],
    ["theirs", "the repository's"],
  ])
})

test("a missing skill is named with its agent, its place in the list, and where it was looked for", async () => {
  await using host = await openHost()
  await host.write("root/skills/there/SKILL.md", "x")
  await host.write("repo/.bot-bottle/skills/theirs/SKILL.md", "x")
  const own = `${host.path}/root/skills/theirs`
  // An operator's agent never takes what a repository offers.
  expect(() => host.load({ skills: ["there", "theirs"] })).toThrow(
    new OperatorProblem(`a.md:3: agent 'a' skills[1] 'theirs': there is no such skill; looked in ${own}`),
  )
  const missing = `${host.path}/root/skills/none and ${host.path}/repo/.bot-bottle/skills/none`
  expect(() => host.load({ origin: "repo", skills: ["none"] })).toThrow(
    new OperatorProblem(`a.md:3: agent 'a' skills[0] 'none': there is no such skill; looked in ${missing}`),
  )
})

// biome-ignore format: a table
test.each([
  // what is done to repo/.bot-bottle/skills/s         says
  ["a file that leads out",   "'leak' leads out of the skill's folder"],
  ["a file out and back in",  undefined],
  ["a folder that leads out", "'leak' leads out of the skill's folder"],
  ["the skill a link",        "is a link or no folder"],
  ["all skills a link",       "is reached through a link"],
  [".bot-bottle a link",      "is reached through a link"],
  ["a FIFO",                  "'pipe' is neither a file nor a folder"],
  ["no SKILL.md",             "has no SKILL.md"],
] as const)("INV-26: of a repository's skill with %s nothing outside is read: %p", async (trick, why) => {
  await using host = await openHost()
  const skill = join(host.path, "repo/.bot-bottle/skills/s")
  await host.write("outside/secret", "the operator's")
  await host.write("outside/skills/s/SKILL.md", "the operator's")
  const bottle = join(host.path, "repo/.bot-bottle")
  const outside = join(host.path, "outside")
  if (trick === ".bot-bottle a link") {
    mkdirSync(join(host.path, "repo"))
    symlinkSync(outside, bottle)
  } else if (trick === "all skills a link") {
    mkdirSync(bottle, { recursive: true })
    symlinkSync(join(outside, "skills"), join(bottle, "skills"))
  } else if (trick === "the skill a link") {
    mkdirSync(join(bottle, "skills"), { recursive: true })
    symlinkSync(join(outside, "skills/s"), skill)
  } else {
    await host.write("repo/.bot-bottle/skills/s/inner", "x")
    if (trick !== "no SKILL.md") await host.write("repo/.bot-bottle/skills/s/SKILL.md", "x")
    if (trick === "a file that leads out") symlinkSync(join(outside, "secret"), join(skill, "leak"))
    if (trick === "a folder that leads out") symlinkSync(outside, join(skill, "leak"))
    if (trick === "a file out and back in") symlinkSync("../../../../repo/.bot-bottle/skills/s/SKILL.md", join(skill, "link"))
    if (trick === "a FIFO") Bun.spawnSync(["mkfifo", join(skill, "pipe")])
  }
  const load = () => host.load({ origin: "repo", skills: ["s"] })
  if (why === undefined) expect(load()[0]?.files.map(({ path }) => path)).toEqual(["SKILL.md", "inner", "link"])
  else expect(load).toThrow(new OperatorProblem(`a.md:3: agent 'a' skills[0] 's': ${skill} ${why}`))
})

test("INV-26: a skill of the operator's that others can write is refused; closed to them it is read", async () => {
  await using host = await openHost()
  await host.write("root/skills/s/SKILL.md", "x")
  const file = join(host.path, "root/skills/s/SKILL.md")
  chmodSync(file, 0o666)
  expect(() => host.load({ skills: ["s"] })).toThrow("'SKILL.md' can be written by other users (mode 0666)")
  chmodSync(file, 0o644)
  expect(host.load({ skills: ["s"] })).toHaveLength(1)
})

async function openHost() {
  const folder = await openTempFolder()
  const places = { root: join(folder.path, "root"), repoFolder: join(folder.path, "repo") }
  return {
    ...folder,
    write: (path: string, text: string) => Bun.write(join(folder.path, path), text),
    load: (agent: { readonly skills: readonly string[]; readonly origin?: "operator" | "repo" }) =>
      loadSkills({ name: "a", file: "a.md", origins: { skills: "a.md:3" }, origin: "operator", ...agent }, places),
  }
}
