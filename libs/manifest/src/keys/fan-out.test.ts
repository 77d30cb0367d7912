import { expect, test } from "bun:test"
import { parseAgent } from "../agent.ts"
import { parseBottle } from "../bottle.ts"
import { composeBottles } from "../fold/compose-bottles.ts"
import { parseSettings } from "../settings.ts"

const PROVIDERS = ["claude", "codex"]
const KEYS = "parallel: 2\nrequests_per_minute: 30\nspend_per_minute: 0.25\nbudget: { claude: 500k, usd: 5.50 }\n"
const READ = { parallel: 2, requestsPerMinute: 30, spendPerMinute: 250_000 }

test("the pace and the money of an agent, a bottle and the host are read alike", () => {
  const agent = parseAgent(`---\n${KEYS}---\n`, { name: "a", file: "a.md", origin: "operator", providers: PROVIDERS })
  const settings = parseSettings(`${KEYS}ceiling: { usd: $20 }\n`, { file: "settings.yml", providers: PROVIDERS })
  expect(agent).toMatchObject({ manifest: { fanOut: READ, budget: { claude: 500_000, usd: 5_500_000 } } })
  expect(settings).toMatchObject({
    settings: { fanOut: READ, budget: { claude: 500_000, usd: 5_500_000 }, ceiling: { usd: 20_000_000 } },
  })
})

test("each bottle's pace is that of its own runs: a parent's stays beside it", () => {
  const child = bottle("child", "extends: parent\nparallel: 4\nagent_provider: { template: claude }\n")
  const parent = bottle("parent", "parallel: 2\nrequests_per_minute: 9\nbudget: { usd: 1 }\n")
  const shelf = new Map<string, typeof child>([
    ["child", child],
    ["parent", parent],
  ])
  const result = composeBottles(["child"], { names: [...shelf.keys()], find: (name) => shelf.get(name) })
  expect(result).toMatchObject({
    outcome: "composed",
    bottle: {
      fanOuts: [
        { bottle: "parent", parallel: 2, requestsPerMinute: 9 },
        { bottle: "child", parallel: 4 },
      ],
      budgets: [{ bottle: "parent", provider: "usd", limitTokens: 1_000_000 }],
    },
  })
})

// biome-ignore format: a table
test.each([
  ["parallel: 0",             "'parallel' must be a whole number from 1 to 1000000, not '0'"],
  ["parallel: many",          "'parallel' must be a whole number from 1 to 1000000, not 'many'"],
  ["requests_per_minute: 1.5", "'requests_per_minute' must be a whole number from 1 to 1000000, not '1.5'"],
  ["spend_per_minute: 0",     "'spend_per_minute' must be a number of dollars above 0, such as 0.50, not '0'"],
  ["spend_per_minute: lots",  "'spend_per_minute' must be a number of dollars above 0, such as 0.50, not 'lots'"],
  ["budget: { usd: -1 }",     "'budget.usd' must be a number of dollars, 0 or more, such as 5 or 0.25, not '-1'"],
  ["budget: { claude: $5 }",  "'budget.claude' must be a whole number of tokens, 0 or more, not '$5'"],
  ["budget: { us: 5 }",       "'budget': unknown provider 'us'; did you mean 'usd'?"],
] as const)("%s is refused by its line", (line, message) => {
  const result = parseSettings(`${line}\n`, { file: "settings.yml", providers: PROVIDERS })
  expect(result).toMatchObject({ outcome: "broken", problems: [{ line: 1, message }] })
})

test.each(["parallel: 1", "requests_per_minute: 1", "spend_per_minute: 1", "budget: { usd: 5 }"])(
  "INV-26: an agent that came with a repository says nothing of it: %s",
  (line) => {
    const result = parseAgent(`---\n${line}\n---\n`, { name: "a", file: "a.md", origin: "repo", providers: PROVIDERS })
    expect(result).toMatchObject({
      outcome: "broken",
      problems: [{ line: 2, message: "an agent that comes with a repository may not carry a budget" }],
    })
  },
)

function bottle(name: string, text: string) {
  return parseBottle(`---\n${text}---\n`, { name, file: `${name}.md`, providers: PROVIDERS })
}
