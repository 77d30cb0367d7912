import { expect, test } from "bun:test"
import { listRefused } from "./tally-session.ts"

const SINCE = Date.parse("2026-03-01T10:00:00.000Z")

test("listRefused: by host and port, the most refused first, then the latest; older rows, upstream failures and broken lines do not count", () => {
  const log = [
    event("2026-03-01T09:59:59.000Z", "host-not-allowed", "old.example", 443),
    event("2026-03-01T10:00:01.000Z", "host-not-allowed", "once.example", 443),
    event("2026-03-01T10:00:02.000Z", "host-not-allowed", "pkgs.example", 443),
    event("2026-03-01T10:00:02.000Z", "host-not-allowed", "pkgs.example", 443),
    event("2026-03-01T10:00:03.000Z", "port-not-allowed", "pkgs.example", 22),
    event("2026-03-01T10:00:03.000Z", "upstream-unreachable", "down.example", 443),
    "{ cut",
  ].join("\n")
  expect(listRefused(log, SINCE, [])).toEqual([
    { host: "pkgs.example", port: 443, count: 2 },
    { host: "pkgs.example", port: 22, count: 1 },
    { host: "once.example", port: 443, count: 1 },
  ])
})

test("listRefused: of a host, the request that the harness does without is not counted, and every other is", () => {
  const log = ["/news.txt", "/news.txt?", "/other"].map((path) =>
    JSON.stringify({ ...JSON.parse(event("2026-03-01T10:00:01.000Z", "host-not-allowed", "cdn.example", 443)), path }),
  )
  const dispensable = [{ host: "cdn.example", path: "/news.txt" }]
  expect(listRefused(log.join("\n"), SINCE, dispensable)).toEqual([{ host: "cdn.example", port: 443, count: 2 }])
})

test("listRefused: hosts without end are bounded", () => {
  const many = Array.from({ length: 1_200 }, (_, index) =>
    event("2026-03-01T10:00:01.000Z", "host-not-allowed", `h${index}.example`, 443),
  )
  expect(listRefused(many.join("\n"), SINCE, [])).toHaveLength(1_000)
})

function event(at: string, reason: string, host: string, port: number): string {
  return JSON.stringify({ at, kind: "denied", reason, host, port })
}
