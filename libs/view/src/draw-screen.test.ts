import { describe, expect, test } from "bun:test"
import type { HostEvent, RunRow } from "@bot-bottle/contracts"
import { applyEvent } from "./apply-event.ts"
import { drawScreen } from "./draw-screen.ts"
import { EMPTY_VIEW, type HostView } from "./host-view.ts"
import { PAGES as ALL_PAGES } from "./keys/keys.ts"
import { pressKey } from "./keys/press-key.ts"
import { textOf } from "./line.ts"
import { FIRST_STATE, type ScreenState, TABS, type UsageFigure } from "./state.ts"
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
  ...Object.fromEntries(TABS.map((tab, index) => [`run ${tab}`, ["enter", `${index + 1}`]])),
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

test("the pages above are all pages, and each tab of a run has its key", () => {
  const reached = Object.keys(PAGES).map((name) => pageOf(VIEWS["ten"] ?? EMPTY_VIEW, name))
  expect(new Set(reached.map(({ page }) => page))).toEqual(new Set(ALL_PAGES))
  expect(new Set(reached.map(({ tab }) => tab))).toEqual(new Set(TABS.keys()))
})

const SIZE = { columns: 80, rows: 24 }
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

describe("a run that is not like the others says so", () => {
  const shownWith = (change: Partial<RunRow>, page: string, columns: number) => {
    const snapshot = sampleEvents().map((event) =>
      event.kind === "snapshot"
        ? { ...event, runs: event.runs.map((run, at) => (at === 0 ? { ...run, ...change } : run)) }
        : event,
    )
    return shown(fold(snapshot), page, columns, 24)
  }
  const parked = { status: "frozen", end_reason: "parked" } as const
  // biome-ignore format: a table
  test.each([
    // change                                                            page        columns  words
    [{ observe: true },                                                  "overview", 80,      /observes/],
    [{ observe: true },                                                  "run",      80,      /observes unlisted hosts are let through/],
    [{ ...parked, parked_until: at(3_600_000) },                         "overview", 80,      /parked 15:03 /],
    [{ ...parked, parked_until: at(3_600_000) },                         "overview", 140,     /parked until 15:03 /],
    [{ ...parked, parked_until: at(86_400_000) },                        "overview", 80,      /parked Nov 29 /],
    [{ ...parked, parked_until: at(86_400_000) },                        "overview", 140,     /parked until Nov 29 14:03 /],
    [{ ...parked, parked_until: at(86_400_000) },                        "run",      80,      /parked until Nov 29 14:03/],
    [{ tags: { issue: "17", team: "search" } },                          "run",      80,      /tags issue=17 team=search/],
  ] as const)("%j on the page %p at %p columns", (change, page, columns, words) => {
    expect(shownWith(change, page, columns)).toMatch(words)
  })
})

test("an error of the ledger empties nothing: the picture stays, and every page says what is wrong", () => {
  for (const page of ["overview", "run", "denials", "usage"]) {
    const text = shown(VIEWS["trouble"] ?? EMPTY_VIEW, page, 140, 40)
    expect(text).toContain("▲ no ledger")
    expect(text).toContain("The ledger cannot be read: ")
  }
  expect(shown(VIEWS["trouble"] ?? EMPTY_VIEW, "overview", 140, 40)).toContain("fix the login redire")
})

test("a ledger that could not be read from the start has a page of its own", () => {
  const view = fold([{ v: 1, cursor: "", at: at(0), kind: "trouble", message: "no such file", hint: "see doctor" }])
  const text = shown(view, "overview", 80, 24)
  for (const words of ["The ledger cannot be read.", "no such file", "see doctor", "Runs keep running."])
    expect(text).toContain(words)
})

test("the header of a stale picture is grey", () => {
  const grey = (view: HostView) => {
    const { lines } = drawScreen({
      ...SIZE,
      view,
      state: FIRST_STATE,
      nowMs: SAMPLE_NOW_MS,
      zoneOffsetMs: 0,
      glyphs: "unicode",
    })
    const [title, ...gauges] = lines.slice(0, 3)
    const roles = new Set(
      title?.spans
        .slice(0, -1)
        .filter(({ text }) => text.trim() !== "")
        .map(({ role }) => role),
    )
    return { title: [...roles], gauges: gauges.map(({ faded }) => faded === true) }
  }
  expect(grey(VIEWS["stale"] ?? EMPTY_VIEW)).toEqual({ title: ["dim"], gauges: [true, true] })
  expect(grey(VIEWS["ten"] ?? EMPTY_VIEW).title).toContain("text")
})

test("the help is whole at 80 x 24: no line of it is cut", () => {
  expect(shown(VIEWS["ten"] ?? EMPTY_VIEW, "help", 80, 24).match(/^.*…(?<!bottle, …).*$/gm)).toBeNull()
})

test("where nothing is listed, the footer names no key that acts on a row", () => {
  const last = (page: string) =>
    shown(VIEWS["empty"] ?? EMPTY_VIEW, page, 80, 24)
      .trimEnd()
      .split("\n")
      .at(-1)
  expect([last("denials"), last("asks")]).toEqual([" esc back  ? keys  q quit", " esc back  ? keys  q quit"])
})

test("on the smallest screen, the route that would allow a denied request is there", () => {
  expect(shown(VIEWS["ten"] ?? EMPTY_VIEW, "denials", 60, 12)).toContain("- host: registry.yarnpkg.com")
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
    state = pressKey(state, key, { view, nowMs, pageRows: 10, maxScroll: 40 }).state
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
