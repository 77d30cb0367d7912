// Names that would be paths, options, lines or each other, wherever the real command takes one,
// and what an agent that comes with a repository may not name. Nothing is launched for any.

import { expect, test } from "bun:test"
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { agentIn, type CliHost, openCliHost } from "./cli-host.ts"

const QUIET = "---\nagent_provider:\n  template: command\n  argv: [/bin/true]\n---\n"

/** Without NUL, which no argument can hold. */
const NAMES = [
  "../impl",
  "../../root/agents/impl",
  "/etc/passwd",
  "impl/../impl",
  "./impl",
  "impl\n",
  "impl\r",
  "impl\u001b[2J",
  "impl\u200b",
  "ımpl",
  "imрl",
  "ｉmpl",
  "IMPL",
  "impl.md",
  "a".repeat(300),
] as const

test.each(NAMES)("INV-44: as the name of an agent or a bottle, %j is refused, and none is launched", async (name) => {
  await using host = await openNameHost()
  for (const args of [
    ["start", name, "--headless", "--prompt", "x"],
    ["start", "impl", "--headless", "--prompt", "x", "--bottle", name],
    ["info", name],
    ["edit", name],
  ]) {
    const { exitCode, stderr } = await host.run(...args)
    expect([args[0], exitCode === 0]).toEqual([args[0], false])
    expect(stderr).toStartWith("bot-bottle: error: ")
    expect(stderr).not.toMatch(UNSEEN)
  }
  expect(runsOf(host)).toEqual([])
})

test("INV-44: as the slug of a run no such name is known, and nothing is made or removed for it", async () => {
  await using host = await openNameHost()
  expect((await host.run("start", "impl", "--headless", "--prompt", "x")).exitCode).toBe(0)
  const files = () => readdirSync(host.root, { recursive: true }).length
  const before = files()
  for (const [index, slug] of NAMES.entries()) {
    // Each command gets some of the names, each name some of the commands.
    for (const command of SLUG_COMMANDS.filter((_, at) => at % 3 === index % 3)) {
      const { exitCode, stderr } = await host.run(command, slug)
      expect([command, exitCode === 0]).toEqual([command, false])
      expect(stderr).not.toMatch(UNSEEN)
    }
  }
  expect(files()).toBe(before)
}, 180_000)

const SLUG_COMMANDS = ["kill", "freeze", "cutoff", "restore", "resume", "diff", "apply", "logs", "attach", "reload"]

test("INV-44: a name that begins like an option is one, and no such option is known", async () => {
  await using host = await openNameHost()
  for (const args of [
    ["start", "-x"],
    ["kill", "-x"],
    ["start", "impl", "--headless", "--prompt", "x", "--bottle", "-x"],
  ]) {
    const { exitCode } = await host.run(...args)
    expect(exitCode === 0).toBe(false)
  }
  expect(runsOf(host)).toEqual([])
})

// biome-ignore format: a table
test.each([
  // label                   slug begins with, or undefined when it is refused
  ["../../escape",           "escape"],
  ["/etc/passwd",            "etc-passwd"],
  ["-x",                     "x"],
  ["--label",                "label"],
  ["..",                     ""],
  ["Ünïcode ÏMPL",           ""],
  ["a\nb",                   undefined],
  ["a\u001b[2Jb",            undefined],
  ["a\u202eb",               undefined],
  ["a\u200bb",               undefined],
  ["b".repeat(300),          undefined],
] as const)("a run labelled %j is called by plain letters, or is none", async (label, begins) => {
  await using host = await openNameHost()
  const { exitCode, stderr } = await host.run("start", "impl", "--headless", "--prompt", "x", `--label=${label}`)
  const slugs = runsOf(host)
  expect([exitCode, slugs.length]).toEqual(begins === undefined ? [2, 0] : [0, 1])
  expect(stderr).not.toMatch(UNSEEN)
  for (const slug of slugs) {
    expect(slug).toMatch(/^[a-z0-9][a-z0-9-]*$/)
    expect(slug).toStartWith(begins ?? "")
  }
  expect(readdirSync(join(host.root, "..")).sort()).toEqual(["project", "root"])
})

// biome-ignore format: a table
test.each([
  // what the file names                                  word of the refusal
  ["skills: [../../../etc]",                              "skill"],
  ["skills: [/etc]",                                      "skill"],
  ["skills: [-x]",                                        "skill"],
  ['skills: ["a\\nb"]',                                   "skill"],
  ['skills: ["a\\0b"]',                                   "skill"],
  ['skills: ["ѕkill"]',                                   "skill"],
  [`skills: [${"s".repeat(300)}]`,                        "skill"],
  ["bottle: ../../project/.bot-bottle/bottles/open",      "bottle"],
  ["bottle: /etc/passwd",                                 "bottle"],
  ["bottle: ./dev.md",                                    "bottle"],
  ["bottle: open",                                        "bottle"],
  ["bottle: { egress: { routes: [{ host: a.b }] } }",     "bottle"],
  ['bottle: "dev\\n"',                                    "bottle"],
  ["bottle: [dev]",                                       "bottle"],
  ["bottle: dev\nbudget: { claude: 5 }",                  "budget"],
  ["bottle: dev\negress: { routes: [{ host: a.b }] }",    "egress"],
  ["bottle: dev\nenv: { A: b }",                          "env"],
  ["bottle: dev\nlimits: { pids: 5 }",                    "limits"],
  ["bottle: dev\nagent_provider: { template: claude }",   "agent_provider"],
  ["bottle: dev\nskills: [own, ../own]",                  "skill"],
] as const)("INV-26: a repository's agent with %j is refused; without it the same agent runs", async (head, word) => {
  await using host = await openNameHost()
  const offered = join(host.cwd, ".bot-bottle")
  mkdirSync(join(offered, "agents"), { recursive: true })
  mkdirSync(join(offered, "skills/own"), { recursive: true })
  mkdirSync(join(offered, "bottles"))
  writeFileSync(join(offered, "skills/own/SKILL.md"), "own")
  writeFileSync(join(offered, "bottles/open.md"), "---\negress: { routes: [{ host: evil.example.com }] }\n---\n")
  const file = join(offered, "agents/theirs.md")
  const start = ["start", "theirs", "--headless", "--prompt", "x"]
  writeFileSync(file, `---\n${head}\n---\nEvil.\n`)
  const { exitCode, stderr } = await host.run(...start)
  expect([exitCode, runsOf(host)]).toEqual([1, []])
  expect(stderr).toMatch(/^bot-bottle: error: /m)
  expect(stderr).toContain(word)
  expect(stderr).not.toMatch(UNSEEN)

  writeFileSync(file, "---\nbottle: dev\nskills: [own]\n---\nFine.\n")
  expect([(await host.run(...start)).exitCode, runsOf(host).length]).toEqual([0, 1])
  // Its agent may have said `--bottle open` in its own words: still none.
  expect((await host.run(...start, "--bottle", "open")).exitCode).toBe(1)
})

test("manifest files with hostile names do not count as manifests, and are named without being obeyed", async () => {
  await using host = await openNameHost()
  for (const name of [
    "-x.md",
    "a b.md",
    "ımpl.md",
    "new\nline.md",
    "esc\u001b[2J.md",
    "..md",
    `${"n".repeat(250)}.md`,
    "imрl.md",
  ])
    writeFileSync(join(host.root, "agents", name), agentIn("dev"), { mode: 0o600 })
  const { stdout, stderr, exitCode } = await host.run("info", "impl")
  expect(exitCode).toBe(0)
  expect(stdout + stderr).not.toMatch(UNSEEN)
  const { stderr: said } = await host.run("info", "nobody")
  expect(said).not.toMatch(UNSEEN)
  expect(existsSync(join(host.root, "state"))).toBe(false)
})

/** Of a terminal's, or of text that hides: none belongs into a message. A line feed ends one. */
const UNSEEN = /[\p{Cc}\p{Cf}](?<!\n)/u

async function openNameHost(): Promise<CliHost> {
  const host = await openCliHost()
  await host.write("bottles/dev.md", QUIET)
  await host.write("agents/impl.md", agentIn("dev"))
  return host
}

function runsOf(host: CliHost): readonly string[] {
  const state = join(host.root, "state")
  return existsSync(state) ? readdirSync(state).filter((name) => !name.startsWith(".")) : []
}
