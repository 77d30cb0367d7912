import { expect, test } from "bun:test"
import { parseBottle } from "../bottle.ts"
import { composeBottles } from "./compose-bottles.ts"

test("composeBottles: every resolved value names the file and line that won", () => {
  const values = resolve({
    base: "env:\n  A: one\n  B: one\nlimits: {memory: 4g, pids: 9}\nbudget: {claude: 5}\nshutdown: kill\nworkspace_hide: [a]\negress:\n  routes:\n    - host: a.x.com",
    dev: `extends: base
env: {B: two}
agent_provider: {template: pi, auth: {token_ref: T}, settings: {model: m}}
limits: {memory: 1.5k}
git: {user: {name: Ada}, repos: {r: {url: https://h/r}}}
egress:
  routes:
    - host: b.x.com
      auth: {header: x-k, token_ref: R}
      matches: [{methods: [GET]}]
    - {host: "10.0.0.1", port: 22, inspect: false}`,
  })
  expect(values.map(({ key, value, origin }) => `${key} = ${value} (${origin})`)).toEqual([
    "agent_provider.template = pi (/r/dev.md:4)",
    "agent_provider.auth.token_ref = T (/r/dev.md:4)",
    "agent_provider.settings.model = m (/r/dev.md:4)",
    'env.A = "one" (/r/base.md:3)',
    'env.B = "two" (/r/dev.md:3)',
    "egress.log = 1 (default)",
    "egress.dlp = block known_secrets (default)",
    "egress.server_tools = refuse (default)",
    "egress.routes[0] = allow https://a.x.com:443 (/r/base.md:11)",
    "egress.routes[1] = allow https://b.x.com:443 (1 rule, credential of host variable R) (/r/dev.md:9)",
    "egress.routes[2] = allow https://10.0.0.1:22 (not inspected) (/r/dev.md:12)",
    "git.user.name = Ada (/r/dev.md:6)",
    "git.repos.r.url = https://h/r (/r/dev.md:6)",
    "budget.claude = 5 tokens for bottle base (/r/base.md:6)",
    "shutdown = kill (/r/base.md:7)",
    "limits.memory = 1536 bytes (/r/dev.md:5)",
    "limits.pids = 9 (/r/base.md:5)",
    "workspace_hide[0] = a (/r/base.md:8)",
    "supervise = false (default)",
  ])
})

test.each([
  // limits of the bottle        shown
  ["{disk: 4g}", ["limits.disk = 4g (/r/dev.md:2)", "limits.pids = 4096 (default)"]],
  ["{}", ["limits.pids = 4096 (default)"]],
  ["{pids: none}", ["limits.pids = none (/r/dev.md:2)"]],
] as const)("composeBottles: limits %s are shown as %p", (limits, shown) => {
  const values = resolve({ dev: `limits: ${limits}` }).filter(({ key }) => key.startsWith("limits."))
  expect(values.map(({ key, value, origin }) => `${key} = ${value} (${origin})`)).toEqual([...shown])
})

// biome-ignore format: a table
test.each([
  // in the file                                     shown
  ["NODE_ENV: development",                          '"development"'],
  ["CI: 1",                                          '"1"'],
  ["MESSAGE: a sentence of some length, said once",  '"a sentence of some length, said once"'],
  [`X: $\{NAME}`,                                     "from host variable NAME"],
  ["X: ?Which",                                      "asked for at launch"],
  ["API_KEY: abc",                                   "(set, not shown)"],
  ["db_password: abc",                               "(set, not shown)"],
  ["X: sk-live-abc",                                 "(set, not shown)"],
  ["X: ghp_0123",                                    "(set, not shown)"],
  ["DATABASE_URL: postgres://me:pw@db/x",            "(set, not shown)"],
  ["X: 0123456789abcdef0123456789abcdef",            "(set, not shown)"],
] as const)("INV-41: env %j is shown as %j", (text, shown) => {
  const values = resolve({ dev: `env:\n  ${text}` }).filter(({ key }) => key.startsWith("env."))
  expect(values.map(({ value }) => value)).toEqual([shown])
})

function resolve(files: Readonly<Record<string, string>>) {
  const result = composeBottles(["dev"], {
    names: Object.keys(files),
    find: (name) =>
      parseBottle(`---\n${files[name]}\n---\n`, { name, file: `/r/${name}.md`, providers: ["claude", "codex", "pi"] }),
  })
  if (result.outcome === "broken") throw new Error(JSON.stringify(result.problems))
  return result.values
}
