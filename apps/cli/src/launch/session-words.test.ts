import { expect, test } from "bun:test"
import { describeEnd, describeReport } from "./session-words.ts"

const budget = {
  provider: "claude",
  scope: { kind: "agent", key: "impl" },
  limitTokens: 2000,
  usedTokens: 1650,
  window: "day",
} as const

test("describeReport: what a headless run prints of its budget", () => {
  const warning = { kind: "warning", percent: 80, budget } as const
  const gone = { kind: "budget-exhausted", budget } as const
  expect([
    describeReport(warning, "x-00000"),
    describeReport(gone, "x-00000"),
    describeReport({ kind: "ready" }, ""),
  ]).toEqual([
    "warning: 80% of the budget: 1,650 of 2,000 claude tokens used this day (budget of agent:impl)",
    "cut off: the budget has too little left for another request: 1,650 of 2,000 claude tokens used this day (budget of agent:impl); to go on: bot-bottle budget set agent:impl claude <tokens>, then bot-bottle restore x-00000",
    undefined,
  ])
})

test("describeEnd: an end of the agent's own says only how; any other says why first", () => {
  const own = { slug: "x-00000", exitCode: 0, reason: undefined, explanation: undefined }
  expect(describeEnd(own, "/s/x-00000")).toEqual([
    "session ended (exit 0)",
    "state kept in /s/x-00000; what it used: bot-bottle usage --by run (x-00000)",
  ])
  const killed = { slug: "x-00000", exitCode: 137, reason: "killed", explanation: "killed by the operator" } as const
  expect(describeEnd(killed, "/s/x-00000")).toEqual(["killed by the operator", "session ended (exit 137)"])
})
