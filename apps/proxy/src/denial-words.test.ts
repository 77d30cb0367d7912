import { expect, test } from "bun:test"
import { DENIAL_STATUS, type DenialReason } from "@bot-bottle/contracts"
import { describeDenial, describeExhaustion } from "./denial-words.ts"

test("a spent budget is told in words a person understands", () => {
  const budget = {
    provider: "claude",
    scope: { kind: "run", key: "implementer-abc12" } as const,
    limitTokens: 1_500,
    usedTokens: 1_612,
  }
  expect(describeExhaustion("implementer-abc12", "cutoff", budget)).toEqual({
    reason: "budget-exhausted",
    message:
      "Budget used up: the run budget for claude is 1,500 tokens and 1,612 are used. This request does not fit into what is left.",
    hint: "bot-bottle budget set run:implementer-abc12 claude 3k && bot-bottle restore implementer-abc12",
  })
})

test.each([
  // scope                              ceiling  what the operator raises
  [{ kind: "host", key: "" }, false, "bot-bottle budget set host claude 10M"],
  [{ kind: "bottle", key: "dev" }, false, "bot-bottle budget set bottle:dev claude 10M"],
  [{ kind: "host", key: "" }, true, "raise 'ceiling' for claude in settings.yml"],
] as const)("the hint names what binds: %p", (scope, isCeiling, hint) => {
  const budget = { provider: "claude", scope, limitTokens: 5_000_000, usedTokens: 1, isCeiling }
  const told = describeExhaustion("x-abc12", "freeze", budget)
  expect([told.hint.startsWith(hint), told.message.includes("5,000,000")]).toEqual([true, true])
})

test.each(Object.keys(DENIAL_STATUS) as DenialReason[])("%s has a sentence and a hint", (reason) => {
  const { message, hint } = describeDenial(reason, "api.example.com")
  expect([message.endsWith("."), hint.length > 10]).toEqual([true, true])
})
