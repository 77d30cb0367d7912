import { expect, test } from "bun:test"
import type { HostEvent, RunRow } from "@bot-bottle/contracts"
import { applyEvent } from "../apply-event.ts"
import { drawScreen } from "../draw-screen.ts"
import { EMPTY_VIEW, type HostView } from "../host-view.ts"
import type { Page } from "../keys/keys.ts"
import { noticeOf } from "../keys/notice.ts"
import { textOf } from "../line.ts"
import type { ScreenState } from "../state.ts"
import { SAMPLE_NOW_MS, sampleEvents } from "../testing/index.ts"
import { press, ready, SAMPLE_VIEW } from "../testing/press-keys.ts"

// biome-ignore format: a table
test.each([
  // page,     status,      words that are there,                    and that are not
  ["overview", "running",   ["c cut off", "f freeze", "x kill"],     ["r restore", "r resume"]],
  ["overview", "cut",       ["r restore", "f freeze", "x kill"],     ["c cut off", "r resume"]],
  ["overview", "frozen",    ["r resume", "x kill", "b budget"],      ["c cut off", "f freeze", "a attach"]],
  ["run",      "cut",       ["esc back", "r restore", "f freeze"],   ["c cut off"]],
  ["run",      "frozen",    ["esc back", "r resume", "l logs"],      ["c cut off", "f freeze", "a attach"]],
] as const)("on the page %p, a run that is %s has its own keys in the footer", (page, status, there, absent) => {
  const footer = footerOf(page, status)
  expect([there.filter((word) => !footer.includes(word)), absent.filter((word) => footer.includes(word))]).toEqual([
    [],
    [],
  ])
})

// biome-ignore format: a table
test.each([
  // keys                        the footer begins with                            and does not say
  [["/", ..."login", "enter"],   "/ login 1 of 10  esc clear  ? keys",             "marked"],
  [["/", ..."zzz", "enter"],     "/ zzz 0 of 10  esc clear  ? keys",               "kill"],
  [["space", "space"],           "2 marked  esc clear  ? keys",                    "of 10"],
  [["space", "/", ..."is:c", "enter"], "/ is:c 1 of 10 1 marked  esc clear  ? keys", "/ filter:"],
  [["v", "up"],                  "? keys  enter fold  / filter",                   "kill"],
  [["v", "up", "space"],         "5 marked  esc clear  ? keys",                    "of 10"],
  [["/", ..."zzz", "enter", "esc"],    "? keys  enter open",                           "clear"],
] as const)("what is kept of %j is in the footer as long as it holds", (keys, start, absent) => {
  const { state } = press(keys)
  const footer = footerIn(state, SAMPLE_VIEW)
  expect(footer.trimStart().slice(0, start.length)).toBe(start)
  expect(footer).not.toContain(absent)
})

test("a list that a filter emptied says which, and how to see all", () => {
  const { state } = press(["/", ..."zzz", "enter"])
  const { lines } = drawScreen({ view: SAMPLE_VIEW, state, columns: 80, rows: 24, ...CLOCK })
  expect(lines.map(textOf).join("\n")).toContain("no run matches 'zzz'   esc clears the filter")
})

const LONG_HINT = ["set one: bot-bottle budget set", `run:${"notes-de-version-".repeat(3)}pjecs claude 500k`]

// biome-ignore format: a table
test.each([
  // columns, rows, a problem,           its hint,    the last lines of the screen
  [80,        24,   "it is cut",         ["restore it"], [" it is cut  restore it"]],
  [80,        24,   "no limit is there", LONG_HINT,    [" no limit is there", ...LONG_HINT.map((line) => ` ${line}`)]],
] as const)("at %p x %p a problem is read whole, with its hint", (columns, rows, text, hint, expected) => {
  const state = { ...ready(), notice: noticeOf(text, { nowMs: SAMPLE_NOW_MS, isProblem: true, hint: hint.join(" ") }) }
  const lines = drawScreen({ view: SAMPLE_VIEW, state, columns, rows, ...CLOCK }).lines.map(textOf)
  expect(lines.length).toBe(rows)
  expect(lines.slice(-expected.length)).toEqual([...expected])
})

const CLOCK = { nowMs: SAMPLE_NOW_MS, zoneOffsetMs: 0, glyphs: "unicode" } as const

function footerIn(state: ScreenState, view: HostView): string {
  const { lines } = drawScreen({ view, state, columns: 140, rows: 40, ...CLOCK })
  return lines.map(textOf).at(-1) ?? ""
}

function footerOf(page: Page, status: RunRow["status"]): string {
  const first = (event: HostEvent): HostEvent =>
    event.kind === "snapshot"
      ? { ...event, runs: event.runs.map((run, index) => (index === 0 ? { ...run, status } : run)) }
      : event
  const view = sampleEvents().map(first).reduce(applyEvent, EMPTY_VIEW)
  const [selected = ""] = view.runs.keys()
  return footerIn({ ...ready(), page, selected }, view)
}
