import { expect, test } from "bun:test"
import { DENIAL_STATUS, type DenialReason } from "@bot-bottle/contracts"
import { describeDenial, describeExhaustion } from "./describe-denial.ts"

// biome-ignore format: a table
test.each([
  // used     open     request                                       limit that fits it, told
  [1_612,    0,       undefined, "3k",
   "Budget used up: the run budget for claude is 1,500 tokens and 1,612 are used. Another request does not fit into what is left."],
  [1_612,    0,       { inputTokens: 900, outputTokens: 16_000, microUsd: 0 }, "36k",
   "Budget used up: the run budget for claude is 1,500 tokens and 1,612 are used. Another request does not fit into what is left."],
  [500,      1_000,   { inputTokens: 900, outputTokens: 16_000, microUsd: 0 }, "36k",
   "Budget used up: the run budget for claude is 1,500 tokens and 500 are used, and open requests may take 1,000. Another request does not fit into what is left."],
  [500,      200,     { inputTokens: 900, outputTokens: 16_000, microUsd: 0 }, "35k",
   "Too little budget left: this request may cost up to 16,900 tokens (900 in + 16,000 out); 800 are left of the run budget for claude, which is 1,500."],
] as const)("%p used, %p in open requests, a request of %j: told in words a person understands, and %s fits it", (usedTokens, reservedTokens, request, fits, message) => {
  const scope = { kind: "run", key: "implementer-abc12" } as const
  const budget = { provider: "claude", scope, limitTokens: 1_500, usedTokens, reservedTokens }
  expect(describeExhaustion("implementer-abc12", "cutoff", budget, request)).toEqual({
    reason: "budget-exhausted",
    message,
    hint: `bot-bottle budget set run:implementer-abc12 claude ${fits} && bot-bottle restore implementer-abc12`,
  })
})

test("a budget of money is told in dollars", () => {
  const money = { provider: "usd", scope: { kind: "host", key: "" }, limitTokens: 5_000_000 } as const
  const weighed = { inputTokens: 900, outputTokens: 16_000, microUsd: 404_500 }
  const told = (usedTokens: number, reservedTokens = 0) =>
    describeExhaustion("x-abc12", "cutoff", { ...money, usedTokens, reservedTokens }, weighed).message
  expect([told(5_000_001), told(4_000_000, 900_000)]).toEqual([
    "Budget used up: the host budget is $5.00 and $5.000001 is used. Another request does not fit into what is left.",
    "Too little budget left: this request may cost up to $0.4045 (900 in + 16,000 out); $0.10 is left of the host budget, which is $5.00.",
  ])
})

test.each([
  // scope                              ceiling  what the operator raises
  [{ kind: "host", key: "" }, false, "bot-bottle budget set host claude 10M"],
  [{ kind: "bottle", key: "dev" }, false, "bot-bottle budget set bottle:dev claude 10M"],
  [{ kind: "host", key: "" }, true, "raise 'ceiling' for claude in settings.yml"],
] as const)("the hint names what binds: %p", (scope, isCeiling, hint) => {
  const budget = { provider: "claude", scope, limitTokens: 5_000_000, usedTokens: 1, reservedTokens: 0, isCeiling }
  const told = describeExhaustion("x-abc12", "freeze", budget, undefined)
  expect([told.hint.startsWith(hint), told.message.includes("5,000,000")]).toEqual([true, true])
})

test.each(Object.keys(DENIAL_STATUS) as DenialReason[])("%s has a sentence and a hint", (reason) => {
  const { message, hint } = describeDenial(reason, "api.example.com")
  expect([message.endsWith("."), hint.length > 10]).toEqual([true, true])
})
