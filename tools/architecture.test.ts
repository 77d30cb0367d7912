// The dependency rules of docs/architecture.md and the bans of the house, as tests. When one
// fails, move the code, or change the rule in the same commit and say why. There is no list of
// exceptions.

import { describe, expect, test } from "bun:test"
import { dirname, resolve } from "node:path"
import { MAY_IMPORT, MAY_START } from "./edges.ts"
import { headerOf, importsOf, loadSources, ROOT, type Source, WORKSPACES, withoutComments } from "./sources.ts"

const TESTS_MAY_ALSO = [
  "bun:test",
  "bun",
  "bun:ffi",
  "node:*",
  "@bot-bottle/testkit",
  "@bot-bottle/stand-in",
  "@bot-bottle/*/testing",
  "@opentui/core/testing",
  // Node's parser, as the second opinion on ours.
  "undici/*",
]

const sources = await loadSources("apps", "libs")
const sourcesOf = (workspace: string) => sources.filter(({ path }) => path.startsWith(`${workspace}/`))

test("every workspace has a rule, and every rule a workspace", () => {
  expect(WORKSPACES).toEqual(Object.keys(MAY_IMPORT).sort())
})

test("every edge has its reason", () => {
  const reasons = [MAY_IMPORT, MAY_START].flatMap((table) =>
    Object.values(table).flatMap((edges) => Object.values(edges)),
  )
  expect(reasons.filter((why) => why.trim() === "")).toEqual([])
})

describe.each(WORKSPACES)("%s", (workspace) => {
  const allowed = Object.keys(MAY_IMPORT[workspace] ?? {})

  test("imports only what its rule names", () => {
    expect(sourcesOf(workspace).flatMap((source) => forbiddenImports(source, workspace, allowed))).toEqual([])
  })

  test("uses everything its rule names", () => {
    const used = sourcesOf(workspace)
      .filter(({ forTests }) => !forTests)
      .flatMap(({ text }) => importsOf(text))
    expect(allowed.filter((rule) => !used.some((path) => matches(rule, path)))).toEqual([])
  })

  test("depends, in package.json, on exactly that", async () => {
    const { dependencies = {} } = await Bun.file(resolve(ROOT, workspace, "package.json")).json()
    const packages = allowed.filter((rule) => !/^(node|bun)(:|$)/.test(rule)).map(packageOf)
    expect(Object.keys(dependencies).sort()).toEqual(
      [...new Set(packages), ...Object.keys(MAY_START[workspace] ?? {})].sort(),
    )
  })
})

test.each([
  ["libs/policy/src/a.ts", 'import type { Database } from "bun:sqlite"', ["libs/policy/src/a.ts: bun:sqlite"]],
  [
    "libs/policy/src/a.ts",
    'import {\n  x,\n} from "../../ledger/src/index.ts"',
    ["libs/policy/src/a.ts: ../../ledger/src/index.ts"],
  ],
  ["libs/policy/src/a.ts", 'export { Hono } from "hono"', ["libs/policy/src/a.ts: hono"]],
  ["libs/policy/src/a.ts", 'const x = await import("node:fs")', ["libs/policy/src/a.ts: node:fs"]],
  ["libs/policy/src/a.ts", 'import "@bot-bottle/testkit"', ["libs/policy/src/a.ts: @bot-bottle/testkit"]],
  ["libs/policy/src/a.ts", 'import { x } from "./b.js"', ["libs/policy/src/a.ts: ./b.js"]],
  [
    "libs/policy/src/a.ts",
    'import { x } from "@bot-bottle/contracts/src/x.ts"',
    ["libs/policy/src/a.ts: @bot-bottle/contracts/src/x.ts"],
  ],
  ["libs/policy/src/a.ts", '// import { Hono } from "hono"\nimport { x } from "@bot-bottle/contracts"', []],
  [
    "libs/policy/src/a.test.ts",
    'import { x } from "@bot-bottle/testkit"\nimport { y } from "@bot-bottle/ledger/testing"',
    [],
  ],
  [
    "libs/policy/src/a.test.ts",
    'import { x } from "@bot-bottle/ledger"',
    ["libs/policy/src/a.test.ts: @bot-bottle/ledger"],
  ],
  ["libs/ledger/src/a/b.ts", 'import sql from "../../../../migrations/0001-a.sql" with { type: "text" }', []],
  [
    "libs/bottle/src/a/b.ts",
    'import sql from "../../../../migrations/0001-a.sql" with { type: "text" }',
    ["libs/bottle/src/a/b.ts: ../../../../migrations/0001-a.sql"],
  ],
])("the import rule tells right from wrong: %s: %s", (path, text, forbidden) => {
  const source: Source = { path, text, forTests: path.endsWith(".test.ts") }
  expect(forbiddenImports(source, path.split("/").slice(0, 2).join("/"), ["@bot-bottle/contracts"])).toEqual(forbidden)
})

test("tests, benches and tools go through the front doors, too", async () => {
  const outside = await loadSources("tests", "bench", "tools")
  const leaving = outside.flatMap(({ path, text }) => {
    const home = path.split("/")[0] ?? ""
    const relative = importsOf(text).filter((to) => to.startsWith(".") && !target(path, to).startsWith(`${home}/`))
    return relative.map((to) => `${path}: ${to}`)
  })
  expect(leaving.filter((line) => !line.startsWith("tools/architecture.test.ts"))).toEqual([])
})

interface Ban {
  readonly pattern: RegExp
  /** Where it is allowed, or where the ban does not apply. */
  readonly except: RegExp
  readonly why: string
  readonly example: string
}

// biome-ignore format: a table
const BANS: Readonly<Record<string, Ban>> = {
  "the environment":       { pattern: /\b(?:process|Bun|import\.meta)\.env\b/, except: /\/src\/(?:env|own-programs)\.ts$/, why: "one file an app reads it, so that what a process listens to can be seen", example: 'const home = process.env["HOME"]' },
  "SQLite":                { pattern: /["']bun:sqlite["']/, except: /^libs\/ledger\//, why: "the ledger is the only record", example: 'import { Database } from "bun:sqlite"' },
  "YAML":                  { pattern: /from ["']yaml["']/, except: /^libs\/manifest\//, why: "one reader, one set of messages", example: 'import { parse } from "yaml"' },
  "the console":           { pattern: /\bconsole\./, except: /\/main\.ts$/, why: "only a main speaks to the operator", example: "console.log(1)" },
  "prompts":               { pattern: /["']@clack\/prompts["']/, except: /^apps\/cli\/src\/terminal\//, why: "the rest must work without a terminal", example: 'import { confirm } from "@clack/prompts"' },
  "Bun's shell":           { pattern: /\bBun\.\$|\bimport \{[^}]*\$[^}]*\} from ["']bun["']/, except: /^$/, why: "argv arrays only", example: "await Bun.$`ls`" },
  "child_process":         { pattern: /["'](?:node:)?child_process["']/, except: /^$/, why: "Bun.spawn takes an argv array and nothing else", example: 'import { exec } from "node:child_process"' },
  "exec of a string":      { pattern: /(?<![.\w])exec(?:Sync)?\(/, except: /^$/, why: "argv arrays only", example: 'exec("ls " + folder)' },
  "sh -c":                 { pattern: /["'`](?:\/bin\/)?(?:ba|da|z)?sh["'`],\s*["'`]-\w*c["'`]/, except: /^$/, why: "argv arrays only", example: 'Bun.spawn(["sh", "-c", script])' },
  "a clock in pure code":  { pattern: /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bBun\.nanoseconds\(/, except: /^(?!libs\/(?:contracts|egress|budget|prices|policy|supervise|providers|model-apis|view|wire)\/)/, why: "time comes in as nowMs", example: "const at = Date.now()" },
  "chance in pure code":   { pattern: /\bMath\.random\(|\brandomUUID\(|\bgetRandomValues\(/, except: /^(?!libs\/(?:contracts|egress|budget|prices|policy|supervise|providers|model-apis|view|wire)\/)/, why: "ids come in as newId", example: "const id = crypto.randomUUID()" },
  "process in pure code":  { pattern: /\bprocess\.|\bBun\.(?:file|write|spawn|serve|listen|connect)\b|\bfetch\(/, except: /^(?!libs\/(?:contracts|egress|budget|prices|policy|supervise|providers|model-apis|view|wire)\/)|own-programs\.ts$/, why: "no I/O below tier 2", example: "process.exit(1)" },
  "a Bun that is not sealed": { pattern: /\[\s*process\.execPath,(?!\s*"add")|--no-env-file|--config=\/dev\/null(?!", "--cwd")/, except: /^libs\/contracts\/src\/sealed-bun\.ts$/, why: "Bun reads the folder it starts in; sealedBun() is how it does not", example: "Bun.spawn([process.execPath, program])" },
  "a terminal in control": { pattern: /\bprocess\.(?:stdin|stdout|stderr|exit|argv|cwd|env)\b/, except: /^(?!libs\/control\/)|\/logins\/renewer-main\.ts$/, why: "a dashboard and a service call it, too", example: "process.stdout.write(line)" },
  "git on the host":      { pattern: /["'](?:\/usr\/bin\/)?git["']\s*[,\])]/, except: /^(?:libs\/workspace\/src\/host-git|apps\/forge-sidecar\/src\/gate)\//, why: "Git obeys a stranger's repository; two modules start it, in repositories of ours", example: 'Bun.spawn(["git", "status"])' },
  "trusted JSON":          { pattern: /JSON\.parse\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)\s*as\s+(?!unknown\b)|[}\]]\s*=\s*JSON\.parse\(|\w\??:(?!\s*unknown\b)[\w<>[\], ]*=?\s*JSON\.parse\(|\bconst \w+ = JSON\.parse\(|\.json\(\)\)*\s*as\s+(?!unknown\b)/, except: /\/testing\/|^apps\/demo\/src\/guest\/|^libs\/(?:testkit|stand-in)\//, why: "text of another process is parsed by a schema of libs/contracts, or read as unknown", example: 'const order = JSON.parse(line) as Order' },
  "an await at the top level": { pattern: /^(?:(?:export )?const [^=\n]+ = |process\.\w+ = |for )?await\b/m, except: /^apps\/demo\/src\/guest\/|-fixture\.ts$/, why: "bundles with bytecode are CommonJS, which has none", example: "const proxy = await start()" },
  "a place of one's own": { pattern: /\bimport\.meta\.(?:dir|dirname|url|path|filename|resolve)\b/, except: /^libs\/contracts\/src\/own-programs\.ts$|^libs\/guest\/src\/guest-runtime\.ts$|^libs\/testkit\//, why: "in a bundle it names the folder of the build", example: "join(import.meta.dir, name)" },
  "export *":              { pattern: /^export \*/m, except: /^$/, why: "a front door lists what it shows", example: 'export * from "./a.ts"' },
}

const productSources = sources.filter(({ forTests }) => !forTests)

describe.each(Object.entries(BANS))("ban: %s", (_what, { pattern, except, example }) => {
  test("nobody breaks it", () => {
    const broken = productSources.filter(({ path, text }) => !except.test(path) && pattern.test(withoutComments(text)))
    expect(broken.map(({ path }) => path)).toEqual([])
  })

  test("it would be seen", () => {
    expect(pattern.test(example)).toBe(true)
  })
})

/** Programs that exit without `finishOutput`, and why none of their output gets lost. */
const EXITS_AT_ONCE: Readonly<Record<string, string>> = {
  "apps/forge-sidecar/src/gate/hook/main.ts": "an empty pipe takes its few lines whole",
  "apps/tui/src/main.ts": "the screen is closed before, and the process that started it restores the terminal",
  "libs/bottle/src/backends/bwrap/map-owner.ts": "an empty pipe takes its one line whole",
  "libs/bottle/src/backends/docker/keeper-main.ts": "it writes nothing",
  "libs/control/src/logins/renewer-main.ts": "an empty pipe takes its one line whole",
  "libs/guest/src/commands/ask/main.ts": "only a message exits at once; a result is printed without an exit",
  "libs/guest/src/commands/forge/main.ts": "only a message exits at once; a result is printed without an exit",
  "libs/guest/src/forwarder/forward-port.ts": "its reader is gone by then",
  "libs/guest/src/forwarder/main.ts": "an empty pipe takes its one line whole",
}

test("a program finishes its output before it exits: an exit drops what its reader has not taken", () => {
  const exiting = productSources.filter(({ text }) => /\bprocess\.exit\(/.test(withoutComments(text)))
  expect(exiting.length).toBeGreaterThan(Object.keys(EXITS_AT_ONCE).length)
  const atOnce = exiting.filter(({ text }) => !/\bfinishOutput\w*\b/.test(withoutComments(text)))
  expect(atOnce.map(({ path }) => path).sort()).toEqual(Object.keys(EXITS_AT_ONCE).sort())
})

test("no file is called by a name that says nothing", () => {
  const empty = /\/(?:utils?|helpers?|common|misc|types|manager|service|base)(?:\.test)?\.ts$/
  expect(sources.filter(({ path }) => empty.test(path)).map(({ path }) => path)).toEqual([])
})

test("every product file opens with a comment that says what it decides", () => {
  expect(productSources.filter(({ text }) => headerOf(text) === "").map(({ path }) => path)).toEqual([])
})

describe("files stay short: a long one holds a second idea, and is split along it", async () => {
  const lengths = (await loadSources("apps", "libs", "bench", "tests", "tools")).map(({ path, text, forTests }) => ({
    path,
    lines: countLines(text),
    forTests,
  }))

  test("no file has more than 300 lines, tests among them", () => {
    expect(lengths.filter(({ lines }) => lines > 300).map(({ path, lines }) => `${path}: ${lines}`)).toEqual([])
  })

  test("half of all product files have at most 100", () => {
    const sorted = lengths
      .filter(({ forTests, path }) => !forTests && !path.startsWith("tests/"))
      .map(({ lines }) => lines)
      .sort((a, b) => a - b)
    expect(sorted.length).toBeGreaterThan(100)
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThanOrEqual(100)
  })

  test("the last line counts once, with and without its newline", () => {
    expect(["", "a", "a\n", "a\nb", "a\n\n"].map(countLines)).toEqual([0, 1, 1, 2, 2])
  })
})

const MAX_FLAT = 25

test("a folder with more than 25 product files holds a second idea, and is split along it", () => {
  const counts = Object.entries(Object.groupBy(productSources, ({ path }) => dirname(path)))
  const tooMany = counts.filter(([, files = []]) => files.length > MAX_FLAT)
  expect(tooMany.map(([folder, files = []]) => `${folder}: ${files.length}`)).toEqual([])
})

test("no test or bench trusts the shape of JSON: readJson of the testkit checks it", async () => {
  const trusted = /(?:JSON\.parse\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|\.json\(\)\)*)\s*as\s+(?!unknown\b|never\b)/
  expect(trusted.test("const run = JSON.parse(line) as Run")).toBe(true)
  expect(trusted.test("const run = (await response.json()) as Run")).toBe(true)
  const broken = (await loadSources("apps", "libs", "bench", "tests", "tools")).filter(
    ({ path, text }) => path !== "tools/architecture.test.ts" && trusted.test(withoutComments(text)),
  )
  expect(broken.map(({ path }) => path)).toEqual([])
})

test("no test is left alone with .only", async () => {
  const alone = (await loadSources("apps", "libs", "tests", "tools")).filter(({ text }) =>
    /\b(?:test|describe|it)\.only\(/.test(withoutComments(text)),
  )
  expect(alone.map(({ path }) => path)).toEqual([])
})

function countLines(text: string): number {
  return text.split("\n").length - (text === "" || text.endsWith("\n") ? 1 : 0)
}

function forbiddenImports(source: Source, workspace: string, allowed: readonly string[]): readonly string[] {
  const rules = source.forTests ? [...allowed, ...TESTS_MAY_ALSO] : allowed
  return importsOf(source.text)
    .filter((path) =>
      path.startsWith(".") ? !staysInside(source.path, path, workspace) : !rules.some((rule) => matches(rule, path)),
    )
    .map((path) => `${source.path}: ${path}`)
}

function staysInside(from: string, path: string, workspace: string): boolean {
  const to = target(from, path)
  if (workspace === "libs/ledger" && /^migrations\/(postgres\/)?[^/]+\.sql$/.test(to)) return true
  return to.startsWith(`${workspace}/`) && /\.(?:ts|json|txt)$/.test(to)
}

function target(from: string, path: string): string {
  return resolve(ROOT, dirname(from), path).slice(ROOT.length + 1)
}

/** Of a rule that names a part of it: `name/part/*` is of `name`, `@scope/name/part` of `@scope/name`. */
function packageOf(rule: string): string {
  return /^(?:@[^/]+\/)?[^/]+/.exec(rule)?.[0] ?? rule
}

/** `*` stands for one or more characters. */
function matches(rule: string, path: string): boolean {
  const [before = "", after] = rule.split("*")
  if (after === undefined) return rule === path
  return path.length > rule.length - 1 && path.startsWith(before) && path.endsWith(after)
}
