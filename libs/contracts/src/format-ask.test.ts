import { expect, test } from "bun:test"
import { formatAsk } from "./format-ask.ts"

const HELD = { kind: "hold", cause: "host-not-allowed", host: "a.io", port: 443 } as const

// biome-ignore format: a table
test.each([
  [{ kind: "route", host: "a.io" },                                                       "a.io"],
  [{ kind: "route", host: "a.io", methods: ["GET", "POST"], paths: ["/v1/"] },            "GET,POST a.io/v1/"],
  [{ kind: "route", host: "a.io", paths: ["/a", "/b"] },                                  "a.io{/a,/b}"],
  [{ kind: "budget", provider: "claude", tokens: 500_000 },                               "500,000 more tokens of claude"],
  [{ kind: "tool", package: "jq" },                                                       "jq"],
  [HELD,                                                                              "a.io"],
  [{ ...HELD, method: "GET", path: "/\u001b[2J\u202ex", port: 80 },                          "GET a.io:80/�[2J�x"],
  [{ ...HELD, path: "/x", port: 80, scheme: "http" },                                       "http://a.io/x"],
  [{ ...HELD, cause: "dlp-match", detector: "known_secrets", rule: "bottle dev: a.io" },    "a.io, with a match of known_secrets (bottle dev: a.io)"],
] as const)("formatAsk words %j in one safe line", (ask, words) => {
  expect(formatAsk(ask)).toBe(words)
})
