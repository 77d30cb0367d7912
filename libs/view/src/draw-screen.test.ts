import { describe, expect, test } from "bun:test"
import type { HostEvent, RunRow } from "@bot-bottle/contracts"
import { applyEvent } from "./apply-event.ts"
import { drawScreen } from "./draw-screen.ts"
import { EMPTY_VIEW, type HostView } from "./host-view.ts"
import { textOf } from "./line.ts"
import { pressKey } from "./press-key.ts"
import { FIRST_STATE, type ScreenState, type UsageFigure } from "./state.ts"
import { SAMPLE_NOW_MS, sampleEvents } from "./testing/index.ts"
import { cellsOf } from "./text.ts"

const HOSTILE = "\x1b]0;owned\x07\u202e한국어 👩‍💻 1️⃣ ☃️ \u2028 e\u0301 🇩🇪 ".repeat(3)
const COMMANDS = new Set([
  "cutoff",
  "restore",
  "freeze",
  "resume",
  "kill",
  "budget",
  "attach",
  "logs",
  "info",
  "edit",
  "allow",
  "forward",
  "supervise",
])

const VIEWS: Readonly<Record<string, HostView>> = {
  ten: fold(sampleEvents()),
  fifty: fold(sampleEvents({ runs: 50 })),
  hostile: fold(sampleEvents({ hostileText: HOSTILE })),
  empty: fold(sampleEvents({ runs: 0 })),
  waiting: EMPTY_VIEW,
  trouble: fold([
    ...sampleEvents(),
    {
      v: 1,
      cursor: "t",
      at: at(0),
      kind: "trouble",
      message: `ledger ${HOSTILE} was written by a newer build`,
      hint: "update this one",
    },
  ]),
  stale: fold(sampleEvents({ nowMs: SAMPLE_NOW_MS - 14_000 })),
}
/** Keys that lead from the overview to a page. */
const PAGES: Readonly<Record<string, readonly string[]>> = {
  overview: [],
  groups: ["v"],
  filter: ["/", "l", "o"],
  marked: ["space", "space"],
  run: ["enter"],
  "run denials": ["enter", "2"],
  "run history": ["enter", "3"],
  "run manifest": ["enter", "4"],
  denials: ["d"],
  asks: ["u"],
  approve: ["u", "r", "o", "k"],
  reject: ["u", "down", "x"],
  usage: ["h"],
  help: ["?"],
  kill: ["x"],
  budget: ["b", "3", "M"],
  freeze: ["space", "space", "f"],
  forward: ["o", "3", "0"],
}
const SIZES = [
  [80, 24],
  [140, 40],
  [60, 12],
  [100, 30],
  [200, 60],
  [66, 20],
  [40, 8],
] as const

describe.each(Object.keys(VIEWS))("%s", (name) => {
  test.each(Object.keys(PAGES))("%s: exactly the rows, no line too wide, nothing a terminal obeys", (page) => {
    const view = VIEWS[name] ?? EMPTY_VIEW
    const state = pageOf(view, page)
    const bad = SIZES.flatMap(([columns, rows]) =>
      (["unicode", "ascii"] as const).flatMap((glyphs) => {
        const { lines } = drawScreen({ view, state, nowMs: SAMPLE_NOW_MS, zoneOffsetMs: 0, columns, rows, glyphs })
        const texts = lines.map(textOf)
        const forbidden = glyphs === "ascii" ? /[^ -~]/u : /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u
        return [
          ...(lines.length === rows ? [] : [`${columns}x${rows} has ${lines.length} lines`]),
          ...texts
            .filter((text) => cellsOf(text) > columns || forbidden.test(text))
            .map((text) => `${columns}x${rows} ${glyphs}: ${JSON.stringify(text)}`),
        ]
      }),
    )
    expect(bad).toEqual([])
  })
})

const GOLDEN_PAGES = [
  "overview",
  "groups",
  "run",
  "run denials",
  "denials",
  "asks",
  "approve",
  "usage",
  "help",
  "kill",
  "budget",
]

describe.each([
  [80, 24],
  [140, 40],
] as const)("the screens at %p x %p", (columns, rows) => {
  test.each([
    ...GOLDEN_PAGES.map((page) => ["ten", page] as const),
    ["fifty", "overview"],
    ["empty", "overview"],
    ["stale", "overview"],
  ])("%s %s", (name, page) => {
    expect(shown(VIEWS[name] ?? EMPTY_VIEW, page, columns, rows)).toMatchSnapshot()
  })
})

describe("columns that only some hosts need", () => {
  const changed = (change: Partial<RunRow>) =>
    sampleEvents().map((event) =>
      event.kind === "snapshot" ? { ...event, runs: event.runs.map((run) => ({ ...run, ...change })) } : event,
    )
  test.each([
    // change of every run                                                    title   what stands below it
    [{ cost_usd: 1.25 }, "COST", "$1.25"],
    [{ host: "buildbox" }, "HOST", "buildbox"],
    [{ forge: { issue: "shop/web#17", pull_request: "#5" } }, "ISSUE", "shop/web#17 #5"],
  ] as const)("%j", (change, title, value) => {
    const text = shown(fold(changed(change)), "overview", 140, 40)
    expect([text.includes(` ${title} `), text.includes(value)]).toEqual([true, true])
    expect(shown(VIEWS["ten"] ?? EMPTY_VIEW, "overview", 140, 40)).not.toContain(` ${title} `)
  })
})

test("the header of a stale picture counts, and names the time of the picture", () => {
  const text = shown(VIEWS["stale"] ?? EMPTY_VIEW, "overview", 80, 24)
  expect(text).toContain("no news for 14s")
  expect(text).toContain("this is the picture of 14:03:08")
})

test("the screen never says that an action worked which it cannot know", () => {
  expect(shown(VIEWS["trouble"] ?? EMPTY_VIEW, "overview", 80, 24)).toContain("The ledger cannot be read.")
})

function shown(view: HostView, page: string, columns: number, rows: number): string {
  const { lines } = drawScreen({
    view,
    state: pageOf(view, page),
    nowMs: SAMPLE_NOW_MS,
    zoneOffsetMs: 0,
    columns,
    rows,
    glyphs: "unicode",
  })
  return `\n${lines.map((line) => textOf(line).trimEnd()).join("\n")}\n`
}

function pageOf(view: HostView, page: string): ScreenState {
  let state: ScreenState = {
    ...FIRST_STATE,
    commands: COMMANDS,
    usage: { days: [figure("2026-11-27", 3e6), figure("2026-11-28", 7e5)], rows: [figure("claude-opus-4-6", 3.7e6)] },
  }
  let nowMs = SAMPLE_NOW_MS - 10_000
  for (const key of PAGES[page] ?? []) {
    state = pressKey(state, key, { view, nowMs, pageRows: 10 }).state
    nowMs += 200
  }
  return state
}

function figure(key: string, charged: number): UsageFigure {
  return {
    key,
    requests: 1_204,
    input: 3_204_511,
    cacheRead: 88_120_443,
    cacheWrite: 2_120_332,
    output: 1_804_221,
    charged,
    costUsd: null,
  }
}

function at(offsetMs: number): string {
  return new Date(SAMPLE_NOW_MS + offsetMs).toISOString()
}

function fold(events: readonly HostEvent[]): HostView {
  return events.reduce(applyEvent, EMPTY_VIEW)
}
