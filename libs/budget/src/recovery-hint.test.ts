import { expect, test } from "bun:test"
import { HOST_SCOPE, type Scope } from "@bot-bottle/contracts"
import { describeRecovery } from "./recovery-hint.ts"

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
  expect(describeRecovery("x-abc12", policy, { provider: "claude", scope, limitTokens: 100_000, isCeiling })).toBe(way)
})

test("a limit of nothing is raised to something", () => {
  expect(describeRecovery("x-abc12", "freeze", { provider: "claude", scope: RUN, limitTokens: 0 })).toBe(
    "bot-bottle budget set run:x-abc12 claude 1M && bot-bottle resume x-abc12",
  )
})
