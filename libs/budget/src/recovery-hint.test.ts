import { expect, test } from "bun:test"
import { HOST_SCOPE, type Scope } from "@bot-bottle/contracts"
import { describeRaise, describeRecovery, type SpentLimit } from "./recovery-hint.ts"

const RUN: Scope = { kind: "run", key: "x-abc12" }
const DEV: Scope = { kind: "bottle", key: "dev" }

// biome-ignore format: a table
test.each([
  // policy   scope       ceiling  the way on
  ["cutoff",  RUN,        false,   "bot-bottle budget set run:x-abc12 claude 200k && bot-bottle restore x-abc12"],
  ["cutoff",  DEV,        false,   "bot-bottle budget set bottle:dev claude 200k && bot-bottle restore x-abc12"],
  ["cutoff",  HOST_SCOPE, true,    "raise 'ceiling' for claude in settings.yml, then bot-bottle freeze x-abc12 && bot-bottle resume x-abc12"],
  ["freeze",  RUN,        false,   "bot-bottle budget set run:x-abc12 claude 200k && bot-bottle resume x-abc12"],
  ["freeze",  HOST_SCOPE, true,    "raise 'ceiling' for claude in settings.yml, then bot-bottle resume x-abc12"],
  ["kill",    RUN,        false,   "start again with --budget claude=200k"],
  ["kill",    HOST_SCOPE, false,   "bot-bottle budget set host claude 200k, then start again"],
  ["kill",    HOST_SCOPE, true,    "raise 'ceiling' for claude in settings.yml, then start again"],
] as const)("after %s by the limit of %p, ceiling %p: %s", (policy, scope, isCeiling, way) => {
  expect(describeRecovery("x-abc12", policy, { ...spent({ scope }), isCeiling })).toBe(way)
})

test("a limit of nothing is raised to something", () => {
  expect(describeRecovery("x-abc12", "freeze", spent({ limitTokens: 0, usedTokens: 0 }))).toBe(
    "bot-bottle budget set run:x-abc12 claude 1M && bot-bottle resume x-abc12",
  )
})

// biome-ignore format: a table
test.each([
  // provider  limit      used       open     request   the limit to set
  ["claude",   2_000,     0,         0,       12_345,   "25k"],
  ["claude",   100_000,   90_000,    0,       31_000,   "200k"],
  ["claude",   100_000,   1_471_100, 0,       0,        "1.6M"],
  ["claude",   0,         0,         0,       595_607,  "1.2M"],
  ["claude",   5,         0,         0,       31_001,   "63k"],
  ["claude",   100_000,   40_000,    50_000,  31_000,   "200k"],
  ["usd",      1_000_000, 900_000,   0,       1_200_000, "3.30"],
] as const)("describeRaise: %s, %d, used %d, open %d, refused %d: %s", (provider, limitTokens, usedTokens, reservedTokens, requestAmount, amount) => {
  const raise = describeRaise(spent({ provider, limitTokens, usedTokens, reservedTokens, requestAmount }))
  expect(raise).toBe(`bot-bottle budget set run:x-abc12 ${provider} ${amount}`)
})

function spent(change: Partial<SpentLimit>): SpentLimit {
  return {
    provider: "claude",
    scope: RUN,
    limitTokens: 100_000,
    usedTokens: 100_000,
    reservedTokens: 0,
    requestAmount: 0,
    ...change,
  }
}
