import { expect, test } from "bun:test"
import { OperatorProblem } from "@bot-bottle/contracts"
import type { AgentManifest, BottleManifest, Settings } from "@bot-bottle/manifest"
import { type BudgetSources, composeRunBudgets, readBudgetFlag } from "./run-budgets.ts"

test("composeRunBudgets: run, agent, bottles last named first, ancestors nearest first, host", () => {
  const { chain } = composeRunBudgets(sources({}))
  expect(chain.map(({ kind, key }) => `${kind}:${key}`)).toEqual([
    "run:fix-abc12",
    "agent:implementer",
    "bottle:claude-dev",
    "bottle:tools",
    "bottle:dev",
    "bottle:base",
    "host:",
  ])
})

test("composeRunBudgets: every declared limit with its scope, window and source", () => {
  const flag = readBudgetFlag("1500", ["claude", "codex"])
  const { declared, ceilings } = composeRunBudgets(sources({ flag }))
  expect(declared).toEqual([
    {
      scope: { kind: "run", key: "fix-abc12" },
      provider: "claude",
      limitTokens: 1500,
      window: "total",
      source: "flag",
    },
    { scope: { kind: "run", key: "fix-abc12" }, provider: "codex", limitTokens: 1500, window: "total", source: "flag" },
    {
      scope: { kind: "agent", key: "implementer" },
      provider: "claude",
      limitTokens: 10,
      window: "day",
      source: "manifest",
    },
    { scope: { kind: "bottle", key: "base" }, provider: "claude", limitTokens: 20, window: "day", source: "manifest" },
    { scope: { kind: "host", key: "" }, provider: "codex", limitTokens: 30, window: "day", source: "settings" },
  ])
  expect(ceilings).toEqual([
    { scope: { kind: "host", key: "" }, provider: "claude", limitTokens: 40, window: "day", source: "settings" },
  ])
})

test("composeRunBudgets: money and pace of every scope", () => {
  const flag = readBudgetFlag("$5", ["claude"])
  const base = sources({})
  const { declared, fanOut } = composeRunBudgets({
    ...base,
    flag,
    fanOut: { parallel: 1 },
    agent: { ...base.agent, fanOut: { requestsPerMinute: 2 } },
    bottle: { ...base.bottle, fanOuts: [{ bottle: "base", spendPerMinute: 3 }] },
    settings: { ...base.settings, fanOut: { parallel: 4 } },
  })
  expect(declared.filter(({ source }) => source === "flag")).toEqual([
    {
      scope: { kind: "run", key: "fix-abc12" },
      provider: "usd",
      limitTokens: 5_000_000,
      window: "total",
      source: "flag",
    },
  ])
  expect(fanOut).toEqual([
    { scope: { kind: "run", key: "fix-abc12" }, parallel: 1 },
    { scope: { kind: "agent", key: "implementer" }, requestsPerMinute: 2 },
    { scope: { kind: "bottle", key: "base" }, spendPerMinute: 3 },
    { scope: { kind: "host", key: "" }, parallel: 4 },
  ])
})

test.each(["", "abc", "1.5", "-1", "claude=", "claude=1,claude=2", "codex=5", "claude=1,other=2"])(
  "readBudgetFlag: %j is bad usage for a run that meters claude",
  (text) => {
    let problem: unknown
    try {
      readBudgetFlag(text, ["claude"])
    } catch (error) {
      problem = error
    }
    expect(problem).toBeInstanceOf(OperatorProblem)
    expect((problem as OperatorProblem).exitCode).toBe(2)
  },
)

function sources(change: Partial<BudgetSources>): BudgetSources {
  return {
    slug: "fix-abc12",
    agent: { name: "implementer", budget: { claude: 10 } } as unknown as AgentManifest,
    bottle: {
      ancestors: ["dev", "base"],
      budgets: [{ bottle: "base", provider: "claude", limitTokens: 20 }],
    } as unknown as BottleManifest,
    bottles: ["tools", "claude-dev"],
    settings: {
      budget: { codex: 30 },
      budgetWindow: "day",
      ceiling: { claude: 40 },
      gate: "reserve",
      gateExact: true,
      cacheReadWeight: 0.1,
    } as unknown as Settings,
    flag: undefined,
    meters: ["claude", "codex"],
    policy: "cutoff",
    ...change,
  }
}
