import { expect, test } from "bun:test"
import { HOST_SCOPE, type ProxyReport, type ShutdownPolicy } from "@bot-bottle/contracts"
import type { GoverningBudget } from "@bot-bottle/ledger"
import { describeCutoff } from "../describe-denial.ts"
import { createEgressSwitch } from "../egress-switch.ts"
import { createPolicyInForce } from "../policy.ts"
import { NO_LEASE, policyOf, SLUG } from "../testing/test-proxy.ts"
import { createEnforcement } from "./enforcement.ts"
import { createLedgerOutage } from "./ledger-outage.ts"
import { createLedgerWrites } from "./ledger-writes.ts"

const SPENT: GoverningBudget = {
  provider: "claude",
  scope: HOST_SCOPE,
  limitTokens: 100,
  usedTokens: 120,
  reservedTokens: 0,
  window: "total",
  isCeiling: false,
} as unknown as GoverningBudget
const OPERATOR = describeCutoff(SLUG)
const CROSSED = { settled: true, crossed: [100], governing: SPENT } as never

// biome-ignore format: a table
test.each([
  // policy    closed before by  reported            asked for
  ["cutoff",   "nobody",         "budget-exhausted", ["cutoff"]],
  ["kill",     "nobody",         "budget-exhausted", ["kill", "cutoff"]],
  ["kill",     "an operator",    "budget-exhausted", ["kill", "cutoff"]],
  ["freeze",   "an operator",    "budget-exhausted", ["freeze", "cutoff"]],
] as const)("a spent budget with the policy %s, egress closed before by %s: reported and recorded", async (policy, by, kind, kinds) => {
  const bench = createBench(policy)
  if (by === "an operator") bench.egress.cut({ metered: OPERATOR, others: OPERATOR })
  bench.enforcement.settled(CROSSED)
  await bench.writes.drain(1_000)
  expect([bench.reports.map((report) => report.kind), bench.kinds, bench.egress.cutState !== undefined]).toEqual([[kind], [...kinds], true])
})

test("a crossing is acted on once, however often it is seen, and again once the run was restored", async () => {
  const bench = createBench("kill")
  bench.enforcement.settled(CROSSED)
  bench.enforcement.refused(SPENT, undefined)
  bench.enforcement.settled(CROSSED)
  await bench.writes.drain(1_000)
  expect(bench.kinds).toEqual(["kill", "cutoff"])
  bench.egress.restore()
  bench.enforcement.refused(SPENT, undefined)
  await bench.writes.drain(1_000)
  expect(bench.kinds).toEqual(["kill", "cutoff", "kill", "cutoff"])
})

function createBench(policy: ShutdownPolicy) {
  const egress = createEgressSwitch(createPolicyInForce(policyOf([])), NO_LEASE)
  const writes = createLedgerWrites({ outage: createLedgerOutage(() => {}) })
  const reports: ProxyReport[] = []
  const kinds: string[] = []
  const ledger = {
    beginEnforcement: async ({ kind }: { readonly kind: string }) => kinds.push(kind),
    finishEnforcement: async () => {},
    updateRunAsSeen: async () => true,
  }
  const enforcement = createEnforcement({
    slug: SLUG,
    budgets: () => ({ policy, cacheReadWeight: 0.1 }),
    egress,
    ledger: ledger as never,
    writes,
    report: (report) => reports.push(report),
  })
  return { enforcement, egress, writes, reports, kinds }
}
