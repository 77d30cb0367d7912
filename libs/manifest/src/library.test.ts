import { expect, test } from "bun:test"
import { cp, mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { FIXTURES_FOLDER, runProgram } from "@bot-bottle/testkit"
import { loadSettings } from "./library.ts"
import { bottleOf, FINE, hostWith, problemOf } from "./testing/host-folder.ts"

test("openManifestLibrary: the example root, listed, composed and explained", async () => {
  await using host = await hostWith({})
  await cp(join(FIXTURES_FOLDER, "manifests/example-root"), host.root, { recursive: true })
  await runProgram(["chmod", "-R", "go-w", host.root])
  const library = host.open()

  expect(library.listAgents().map(({ name, outcome }) => [name, outcome])).toEqual([
    ["implementer", "parsed"],
    ["reviewer", "parsed"],
  ])
  expect(library.listBottles().map((entry) => (entry.outcome === "parsed" ? entry.manifest : entry))).toEqual([
    { name: "base", extends: [] },
    { name: "claude-dev", extends: ["node", "github"] },
    { name: "github", extends: ["base"] },
    { name: "node", extends: ["base"] },
    { name: "offline", extends: [] },
    { name: "script", extends: [] },
  ])
  const agent = library.loadAgent("implementer")
  const bottle = library.loadBottles([agent.bottle ?? ""])
  expect({ ...bottle, routes: bottle.routes.map(({ effect, host, origin }) => `${effect} ${host} ${origin}`) }).toEqual(
    {
      name: "claude-dev",
      file: join(host.root, "bottles/claude-dev.md"),
      origins: expect.objectContaining({
        "env.NODE_ENV": `${host.root}/bottles/node.md:3`,
        "limits.memory": `${host.root}/bottles/claude-dev.md:9`,
      }),
      bottles: ["claude-dev"],
      ancestors: ["github", "node", "base"],
      env: {
        CI: { kind: "literal", value: "1" },
        LANG: { kind: "literal", value: "en_GB.UTF-8" },
        NODE_ENV: { kind: "literal", value: "development" },
        GH_HOST: { kind: "host", name: "GH_HOST" },
      },
      agentProvider: { template: "claude", argv: [], meters: [], tokenRef: "TEAM_CLAUDE_KEY" },
      routes: [
        "allow registry.npmjs.org bottle base",
        "deny *.tracking.example bottle base",
        "deny *.tracking.example bottle base",
        "allow nodejs.org bottle node",
        "allow api.github.com bottle github",
      ],
      logLevel: 1,
      gitUser: { name: "Claude", email: "bottle@example.com" },
      gitRepos: {},
      requiresGitleaks: false,
      forge: { allowsWorkflows: false },
      budgets: [
        { bottle: "claude-dev", provider: "claude", limitTokens: 1_000_000 },
        { bottle: "base", provider: "claude", limitTokens: 3_000_000 },
      ],
      shutdown: "freeze",
      limits: { memoryBytes: 8 * 2 ** 30, pids: 512 },
      workspaceHide: [],
      supervise: false,
    },
  )
  const closed = library.loadBottles(["claude-dev", "offline"])
  expect([closed.name, closed.routes, closed.env, closed.logLevel]).toEqual(["offline", [], {}, 2])
  expect(library.listBottleValues(["claude-dev"]).find(({ key }) => key === "limits.memory")).toEqual({
    key: "limits.memory",
    value: "8g",
    origin: `${host.root}/bottles/claude-dev.md:9`,
  })
  expect(library.listAgentValues("implementer")).toEqual([
    { key: "bottle", value: "claude-dev", origin: `${host.root}/agents/implementer.md:3` },
    { key: "skills", value: "review", origin: `${host.root}/agents/implementer.md:4` },
    { key: "budget.claude", value: "500,000 tokens", origin: `${host.root}/agents/implementer.md:5` },
  ])
  expect(bottle.routes.at(-1)?.at).toBe(`${host.root}/bottles/github.md:8`)
  expect(agent.origins["skills"]).toBe(`${host.root}/agents/implementer.md:4`)
  const settings = loadSettings(host.root)
  expect(settings.budget).toEqual({ claude: 5_000_000, codex: 2_000_000 })
  expect(settings.origins["budget.codex"]).toMatch(/settings\.yml:\d+$/)
  expect(library.warnings).toEqual([])
})

test("openManifestLibrary: an empty host says how to begin", async () => {
  await using host = await hostWith({})
  const library = host.open()
  expect([library.listAgents(), library.listBottles(), library.warnings]).toEqual([[], [], []])
  expect(problemOf(() => library.loadAgent("x"))).toEqual(["there is no agent yet", "bot-bottle setup"])
})

test("loadAgent, loadBottles: an unknown name is answered with what was meant and what exists", async () => {
  await using host = await hostWith({
    "root/agents/implementer.md": FINE,
    "root/bottles/dev.md": FINE,
    "root/bottles/ci.md": FINE,
  })
  const library = host.open()
  expect(problemOf(() => library.loadAgent("implementr"))).toEqual([
    "unknown agent 'implementr'; did you mean 'implementer'?",
    "agents that exist: implementer",
  ])
  expect(problemOf(() => library.loadBottles(["dev", "Nope\n"]))).toEqual([
    "unknown bottle 'Nope\\n'",
    "bottles that exist: ci, dev",
  ])
  for (const name of ["__proto__", "../agents/implementer", "constructor", "dev\0", ""]) {
    expect(problemOf(() => library.loadBottles([name]))?.[0]).toContain("unknown bottle")
  }
})

test("openManifestLibrary: a broken file stops only a launch that uses it", async () => {
  await using host = await hostWith({
    "root/bottles/dev.md": FINE,
    "root/bottles/bad.md": "---\nenvv: {}\nbudget: {claude: -1}\n---\n",
    "root/bottles/child.md": "---\nextends: bad\n---\n",
    "root/agents/a.md": "---\nbottle: dev\n---\n",
    "root/agents/b.md": "no frontmatter",
  })
  const library = host.open()
  expect(library.listBottles().map(({ name, outcome }) => [name, outcome])).toEqual([
    ["bad", "broken"],
    ["child", "parsed"],
    ["dev", "parsed"],
  ])
  expect(library.listAgents().map(({ name, outcome }) => [name, outcome])).toEqual([
    ["a", "parsed"],
    ["b", "broken"],
  ])
  expect(library.loadBottles([library.loadAgent("a").bottle ?? ""]).name).toBe("dev")
  const file = `${host.root}/bottles/bad.md`
  expect(problemOf(() => library.loadBottles(["child"]))?.[0]).toBe(
    `2 problems in the manifests
  ${file}:2: unknown key 'envv'; did you mean 'env'?
  ${file}:3: 'budget.claude' must be a whole number of tokens, 0 or more, not '-1'`,
  )
})

test("loadSettings: defaults without a file; with a broken one, every problem", async () => {
  await using host = await hostWith({})
  expect(loadSettings(join(host.root, "missing")).gate).toBe("reserve")
  expect(loadSettings(host.root).shutdown).toBe("cutoff")
  await writeFile(join(host.root, "settings.yml"), "\n\n\nbudgt: 1\n")
  expect(problemOf(() => loadSettings(host.root))).toEqual([
    `${host.root}/settings.yml:4: unknown key 'budgt'; did you mean 'budget'?`,
    undefined,
  ])
})

test("loadSettings: a plugin's name is a provider that budgets may name", async () => {
  await using host = await hostWith({ "root/settings.yml": "budget: {mistral: 5}\n" })
  expect(problemOf(() => loadSettings(host.root))?.[0]).toContain("unknown provider 'mistral'")
  await mkdir(join(host.root, "contrib/mistral"), { recursive: true })
  expect(problemOf(() => loadSettings(host.root))?.[0]).toContain("unknown provider 'mistral'")
  await writeFile(join(host.root, "contrib/mistral/provider.ts"), "")
  expect(loadSettings(host.root).budget).toEqual({ mistral: 5 })
})

test("openManifestLibrary: other file names are skipped with a warning, dot files without", async () => {
  await using host = await hostWith({
    "root/bottles/Dev.md": FINE,
    "root/bottles/dev.md": FINE,
    "root/bottles/notes.txt": "",
    "root/bottles/a\nb.md": FINE,
    "root/bottles/.gitkeep": "",
    "root/bottles/.md": FINE,
  })
  const library = host.open()
  expect(library.listBottles().map(({ name }) => name)).toEqual(["dev"])
  const rule = "is skipped: a manifest is called <name>.md, and the name must match [a-z][a-z0-9-]*"
  expect(library.warnings).toEqual(
    [".md", "Dev.md", "a\\nb.md", "notes.txt"].map((file) => `${host.root}/bottles/${file} ${rule}`),
  )
})

/** Files by their path: under `root/` the host root, under `repo/` the operator's current folder. */
// biome-ignore format: a table
test.each([
  // harness   bottles of the host                                           the choice
  ["claude", {},                                                           "claude-default"],
  ["claude", { dev: "claude" },                                            "dev"],
  ["claude", { dev: "claude", other: "claude" },                           "dev"],
  ["claude", { dev: "codex" },                                             "claude-default"],
  ["pi",     { dev: "codex", mine: "pi" },                                 "mine"],
  ["pi",     { dev: "codex", mine: "pi", yours: "pi" },                    "pi-default"],
  ["codex",  { mine: "nonsense-key", yours: "codex" },                     "yours"],
] as const)("chooseBottleFor %s among %j: %s", async (harness, bottles, expected) => {
  await using host = await hostWith(
    Object.fromEntries(Object.entries(bottles).map(([name, template]) => [`root/bottles/${name}.md`, bottleOf(template)])),
  )
  const library = host.open()
  expect(library.chooseBottleFor(harness)).toBe(expected)
  expect(library.loadBottles([expected]).agentProvider.template).toBe(harness)
})

test("chooseBottleFor: a starter bottle that does not parse is not skipped, with its limits", async () => {
  await using host = await hostWith({ "root/bottles/dev.md": bottleOf("nonsense-key") })
  expect(() => host.open().chooseBottleFor("claude")).toThrow("unknown key")
})

test("a built-in agent: there without a file, hidden by the operator's of that name and never by a repository's", async () => {
  await using bare = await hostWith({ "repo/.bot-bottle/agents/claude.md": "---\n---\nObey the repository.\n" })
  expect(bare.open().loadAgent("claude")).toMatchObject({ origin: "operator", bottle: undefined, prompt: "" })
  expect(bare.open().listAgents()).toEqual([])
  expect(bare.open().warnings).toEqual([
    "agent 'claude' of this repository is not used: bot-bottle has one of that name",
  ])
  await using own = await hostWith({ "root/agents/claude.md": "---\n---\nMine.\n" })
  expect(own.open().loadAgent("claude").prompt).toBe("Mine.")
})

test("findOwnBottle: a bottle that does not exist is named with the agent's file and line", async () => {
  await using host = await hostWith({
    "root/agents/x.md": "---\nbottle: devv\n---\n",
    "root/bottles/dev.md": "---\n---\n",
  })
  const library = host.open()
  const agent = library.loadAgent("x")
  expect(library.findOwnBottle({ ...agent, bottle: undefined })).toBeUndefined()
  expect(problemOf(() => library.findOwnBottle(agent))?.[0]).toMatch(
    /agents\/x\.md:2: unknown bottle 'devv'; did you mean 'dev'/,
  )
})
