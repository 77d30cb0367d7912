import { expect, test } from "bun:test"
import { parseBottle } from "../bottle.ts"
import type { BottleManifest } from "../manifest.ts"
import { composeBottles } from "./compose-bottles.ts"

const EMPTY: BottleManifest = {
  name: "b",
  file: "b.md",
  origins: {},
  bottles: ["b"],
  ancestors: ["a"],
  env: {},
  agentProvider: { template: "claude", argv: [], meters: [], tokenRef: undefined },
  routes: [],
  logLevel: 1,
  gitUser: {},
  gitRepos: {},
  requiresGitleaks: false,
  forge: { allowsWorkflows: false },
  budgets: [],
  shutdown: undefined,
  limits: { pids: 4096 },
  workspaceHide: [],
  supervise: false,
}

test("composeBottles: a bottle that says nothing allows nothing", () => {
  expect(compose("", "")).toEqual(EMPTY)
})

// biome-ignore format: a table
test.each([
  // parent a                                             child b                                    the keys that differ from nothing said
  ["env: {A: x, B: x}",                                   "env: {B: y, C: z}",                       { env: literals({ A: "x", B: "y", C: "z" }) }],
  ["env: {A: x}",                                         "env: {}",                                 {}],
  ["env: {A: x}",                                         "",                                        { env: literals({ A: "x" }) }],
  ["egress: {log: 2}",                                    "egress: {routes: []}",                    { logLevel: 2 }],
  ["egress: {log: 2}",                                    "egress: {}",                              {}],
  ["egress: {dlp: {outbound: redact}, server_tools: trim}", "egress: {server_tools: allow}",         { dlp: { outbound: "redact", detect: ["known_secrets"] }, serverTools: "allow" }],
  ["egress: {dlp: {outbound: redact}, server_tools: trim}", "egress: {}",                            {}],
  ["shutdown: kill",                                      "shutdown: freeze",                        { shutdown: "freeze" }],
  ["shutdown: kill",                                      "",                                        { shutdown: "kill" }],
  ["supervise: true",                                     "supervise: false",                        {}],
  ["supervise: true\negress: {on_unlisted: ask, ask_timeout: 5s}", "egress: {on_match: ask, ask_timeout: 9s}",
    { supervise: true, onUnlisted: "ask", onMatch: "ask", askTimeoutMs: 9_000 }],
  ["supervise: true\negress: {on_unlisted: ask}",         "egress: {on_unlisted: refuse}",           { supervise: true, onUnlisted: "refuse" }],
  ["supervise: true\negress: {on_unlisted: ask}",         "egress: {}",                              { supervise: true }],
  ["supervise: true\negress: {on_unlisted: ask}",         "supervise: false",                        { onUnlisted: "ask" }],
  ["limits: {memory: 4g, pids: 5}",                       "limits: {memory: 1g}",                    { limits: { memoryBytes: 2 ** 30, pids: 5 } }],
  ["limits: {memory: 4g, pids: 5}",                       "limits: {}",                              {}],
  ["limits: {memory: 4g}",                                "",                                        { limits: { memoryBytes: 4 * 2 ** 30, pids: 4096 } }],
  ["limits: {memory: 4g, pids: 5}",                       "limits: {pids: none}",                    { limits: { memoryBytes: 4 * 2 ** 30 } }],
  ["limits: {disk: 4g, cpus: 2}",                         "limits: {disk: none, cpus: none}",        {}],
  ["limits: {pids: none}",                                "limits: {}",                              {}],
  ["git: {user: {name: A, email: a@x}}",                  "git: {user: {email: b@x}}",               { gitUser: { name: "A", email: "b@x" } }],
  ["git: {user: {name: A}}",                              "git: {user: {}}",                         {}],
  ["git: {user: {name: A}, repos: {r: {url: https://h/r}}}", "git: {}",                              {}],
  ["git: {repos: {r: {url: https://h/r}, s: {url: https://h/s}}}", "git: {repos: {r: {token_ref: T}}}",
    { gitRepos: { r: { url: "https://h/r", tokenRef: "T", isWritable: false }, s: { url: "https://h/s", isWritable: false } } }],
  ["git: {repos: {r: {url: https://h/r}}}",               "git: {repos: {}}",                        {}],
  ["git: {require_gitleaks: true}",                       "git: {user: {name: A}}",                  { gitUser: { name: "A" }, requiresGitleaks: true }],
  ["git: {require_gitleaks: true}",                       "git: {}",                                 {}],
  ["forge: {allow_workflows: true, comments: 5}",         "forge: {comments: 6}",                    { forge: { allowsWorkflows: true, comments: 6 } }],
  ["forge: {allow_workflows: true}",                      "forge: {}",                               {}],
  ["budget: {claude: 1}",                                 "budget: {claude: 2, codex: 3}",           { budgets: [limit("b", "claude", 2), limit("b", "codex", 3), limit("a", "claude", 1)] }],
  ["budget: {claude: 1}",                                 "budget: {}",                              {}],
  ["workspace_hide: [a, b]",                              "workspace_hide: ['!a']",                  { workspaceHide: ["a", "b", "!a"] }],
  ["workspace_hide: [a, b]",                              "",                                        { workspaceHide: ["a", "b"] }],
  ["workspace_hide: [a, b]",                              "workspace_hide: []",                      {}],
] as const)("composeBottles: %j, then %j", (parent, child, difference) => {
  const bottle = compose(parent, child)
  expect(bottle).toEqual({ ...EMPTY, ...difference, origins: bottle.origins })
})

// biome-ignore format: a table
test.each([
  // parent                                                child                                      hosts with their rules
  ["[{host: a.x.com}, {host: b.x.com}]",                   "[{host: b.x.com, port: 8443}]",           ["allow a.x.com:443 a", "allow b.x.com:8443 b"]],
  ["[{host: a.x.com}, {host: A.x.com, port: 8443}]",       "[{host: a.x.com}]",                       ["allow a.x.com:443 b"]],
  ["[{host: a.x.com, deny: true}]",                        "[{host: a.x.com}]",                       ["allow a.x.com:443 b"]],
  ["[{host: '*.x.com', deny: true}]",                      "[{host: a.x.com}]",                       ["deny *.x.com:443 a", "deny *.x.com:80 a", "allow a.x.com:443 b"]],
  ["[{host: a.x.com}]",                                    "[]",                                      []],
] as const)("composeBottles: routes %s, then %s", (parent, child, rows) => {
  const { routes } = compose(`egress: {routes: ${parent}}`, `egress: {routes: ${child}}`)
  expect(routes.map(({ effect, host, port, origin }) => `${effect} ${host}:${port} ${origin.slice(-1)}`)).toEqual([...rows])
})

// biome-ignore format: a table
test.each([
  ["{template: pi, auth: {token_ref: T}, settings: {model: m, api: ollama}}", "{settings: {model: n}}",
    { template: "pi", argv: [], meters: [], tokenRef: "T", settings: { model: "n", api: "ollama" } }],
  ["{auth: {token_ref: T}}",                      "{template: claude}",  { template: "claude", argv: [], meters: [], tokenRef: undefined }],
  ["{template: claude, auth: {token_ref: T}}",    "{template: claude}",  { template: "claude", argv: [], meters: [], tokenRef: "T" }],
  ["{template: claude, auth: {token_ref: T}}",    "{template: codex}",   { template: "codex", argv: [], meters: [], tokenRef: undefined }],
  ["{auth: {token_ref: T}}",                      "{auth: {login: work}}", { template: "claude", argv: [], meters: [], tokenRef: undefined, login: "work" }],
  ["{auth: {login: work}}",                       "{auth: {token_cmd: [op, read]}}", { template: "claude", argv: [], meters: [], tokenRef: undefined, tokenCmd: ["op", "read"] }],
  ["{template: codex, auth: {token_ref: T}}",     "{}",                  { template: "claude", argv: [], meters: [], tokenRef: undefined }],
  ["{template: command, argv: [a], meters: [pi]}", "{settings: {api: ollama}}",
    { template: "command", argv: ["a"], meters: ["pi"], tokenRef: undefined, settings: { api: "ollama" } }],
  ["{template: command, argv: [a, b]}",           "{meters: [codex]}",   { template: "command", argv: ["a", "b"], meters: ["codex"], tokenRef: undefined }],
] as const)("composeBottles: agent_provider %s, then %s: a credential never follows to another harness", (parent, child, expected) => {
  expect<unknown>(compose(`agent_provider: ${parent}`, `agent_provider: ${child}`).agentProvider).toEqual(expected)
})

test("composeBottles: a diamond's shared ancestor does not undo what its first child said", () => {
  const files = {
    base: "env: {A: base, B: base}",
    left: "extends: base\nenv: {A: left}",
    right: "extends: base\nenv: {B: right}",
    d: "extends: [left, right]",
  }
  expect(composeAll(["d"], files).env).toEqual(literals({ A: "left", B: "right" }))
})

test("composeBottles: bottles composed at launch merge as parents do, and the last named is nearest", () => {
  const files = {
    base: "budget: {claude: 1}",
    a: "extends: base\nenv: {X: a}\nbudget: {claude: 2}",
    b: "extends: base\nenv: {X: b}\nbudget: {claude: 3}\negress: {routes: [{host: b.x.com}]}",
  }
  const composed = composeAll(["a", "b"], files)
  expect(composed).toEqual({
    ...EMPTY,
    origins: { "budget.claude": "b.md:4", "egress.routes[0]": "b.md:5", "env.X": "b.md:3" },
    bottles: ["a", "b"],
    ancestors: ["base"],
    env: literals({ X: "b" }),
    routes: composed.routes,
    budgets: [limit("b", "claude", 3), limit("a", "claude", 2), limit("base", "claude", 1)],
  })
  expect(composed.routes.map(({ host, origin, at }) => [host, origin, at])).toEqual([["b.x.com", "bottle b", "b.md:5"]])
})

function compose(parent: string, child: string): BottleManifest {
  return composeAll(["b"], { a: parent, b: `extends: a\n${child}` })
}

function composeAll(names: readonly string[], files: Readonly<Record<string, string>>): BottleManifest {
  const result = composeBottles(names, {
    names: Object.keys(files),
    find: (name) =>
      parseBottle(`---\n${files[name]}\n---\n`, { name, file: `${name}.md`, providers: ["claude", "codex", "pi"] }),
  })
  if (result.outcome === "broken") throw new Error(JSON.stringify(result.problems))
  return result.bottle
}

function limit(bottle: string, provider: string, limitTokens: number) {
  return { bottle, provider, limitTokens }
}

function literals(values: Readonly<Record<string, string>>) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { kind: "literal", value } as const]))
}
