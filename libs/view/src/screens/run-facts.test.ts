// Facts that only some runs have. Each is seen without a further key, in the overview and on the
// run's own page, on the narrowest screen and on a wide one.

import { describe, expect, test } from "bun:test"
import type { HostEvent, RunRow } from "@bot-bottle/contracts"
import { applyEvent } from "../apply-event.ts"
import { drawScreen } from "../draw-screen.ts"
import { EMPTY_VIEW } from "../host-view.ts"
import type { Page } from "../keys/keys.ts"
import { textOf } from "../line.ts"
import { FIRST_STATE } from "../state.ts"
import { SAMPLE_NOW_MS, sampleEvents } from "../testing/index.ts"

const UNTIL = new Date(SAMPLE_NOW_MS + 3_600_000).toISOString()
const PARKED = { status: "frozen", end_reason: "parked", parked_until: UNTIL } as const

describe.each([
  // columns, rows
  [80, 24],
  [140, 40],
] as const)("at %p x %p", (columns, rows) => {
  // biome-ignore format: a table
  test.each([
    // of the run                                                           overview                    its page
    ["money",         { cost_usd: 12.34 },                                  /\$12\.34/,                 /\$12\.34/],
    ["an issue",      { forge: { issue: "shop/web#12", pull_request: null } }, /shop\/web#12/,          /issue shop\/web#12/],
    ["a pull request", { forge: { issue: "shop/web#12", pull_request: "!34" } }, /shop\/web#12 !34/,    /pull request !34/],
    ["another host",  { host: "worker-2" },                                 /worker-2/,                 /host worker-2/],
    ["parked",        PARKED,                                               /parked (until )?15:03/,    /parked until 15:03/],
    ["observing",     { observe: true },                                    /observes/,                 /observes unlisted hosts/],
    ["a question",    {},                                                   /3 waiting/,                /asks for POST gitea\.lan/],
  ] as const)("%s", (_, patch, overview, page) => {
    expect(screenOf(patch, "overview", columns, rows)).toMatch(overview)
    expect(screenOf(patch, "run", columns, rows)).toMatch(page)
  })
})

test("money at 100 columns does not cut the names", () => {
  const overview = screenOf({ cost_usd: 12.34 }, "overview", 100, 30)
  expect(overview).toContain("fix the login redirect")
  expect(overview).toMatch(/COST/)
})

// biome-ignore format: a table
test.each([
  // columns, rows, tab, rows that the open tab has at least, whether the pace is drawn
  [80,  24,  0, 6,  true],
  [80,  24,  3, 8,  false],
  [60,  12,  0, 3,  false],
  [140, 40,  3, 12, true],
] as const)("at %p x %p the tab %p has %p rows", (columns, rows, tab, least, hasPace) => {
  const lines = screenOf({}, "run", columns, rows, tab).split("\n")
  const at = lines.findIndex((line) => /1 requests \d/.test(line))
  expect(at).toBeGreaterThan(0)
  expect(rows - at - 2).toBeGreaterThanOrEqual(least)
  expect(lines.some((line) => line.includes("tokens a minute"))).toBe(hasPace)
})

function screenOf(patch: Partial<RunRow>, page: Page, columns: number, rows: number, tab = 0): string {
  const events = sampleEvents().map((event): HostEvent => (event.kind === "snapshot" ? withFirst(event, patch) : event))
  const view = events.reduce(applyEvent, EMPTY_VIEW)
  const [selected = ""] = view.runs.keys()
  const state = { ...FIRST_STATE, page, selected, tab }
  const clock = { nowMs: SAMPLE_NOW_MS, zoneOffsetMs: 0, glyphs: "unicode" } as const
  return drawScreen({ view, state, columns, rows, ...clock })
    .lines.map(textOf)
    .join("\n")
}

function withFirst(event: HostEvent & { readonly kind: "snapshot" }, patch: Partial<RunRow>): HostEvent {
  return { ...event, runs: event.runs.map((run, index) => (index === 0 ? { ...run, ...patch } : run)) }
}
