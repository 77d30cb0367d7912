import { expect, test } from "bun:test"
import { OperatorProblem } from "@bot-bottle/contracts"
import { parseSince } from "./since.ts"

const NOW = Date.parse("2026-11-22T12:00")

test.each([
  ["90m", NOW - 90 * 60_000],
  ["12h", NOW - 12 * 3_600_000],
  ["7d", NOW - 7 * 86_400_000],
  ["2w", NOW - 14 * 86_400_000],
  ["2026-11-20", Date.parse("2026-11-20T00:00")],
  ["2026-11-20T10:00:00Z", Date.parse("2026-11-20T10:00:00Z")],
] as const)("parseSince: %s", (text, ms) => {
  expect(parseSince(text, NOW)).toBe(ms)
})

test.each(["", "7", "d", "-7d", "7 d", "1y", "yesterday", "2026-13-01", "7d\n"])(
  "parseSince: %j is bad usage",
  (text) => {
    expect(() => parseSince(text, NOW)).toThrow(OperatorProblem)
  },
)
