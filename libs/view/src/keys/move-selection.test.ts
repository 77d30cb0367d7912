import { expect, test } from "bun:test"
import { runsInNeed } from "../attention.ts"
import { drawScreen } from "../draw-screen.ts"
import type { HostView } from "../host-view.ts"
import { listRows } from "../run-rows.ts"
import type { ScreenState } from "../state.ts"
import { SAMPLE_NOW_MS } from "../testing/index.ts"
import { press, ready, SAMPLE_VIEW as view } from "../testing/press-keys.ts"
import { pressKey } from "./press-key.ts"

const slugs = [...view.runs.keys()]

test("a selected run that vanishes leaves the selection to its neighbor", () => {
  const there = press(["down", "down"]).state
  const gone = (...missing: readonly string[]): HostView => ({
    ...view,
    runs: new Map([...view.runs].filter(([slug]) => !missing.includes(slug))),
  })
  const third = slugs[2] ?? ""
  expect(there.selected).toBe(third)
  const next = press(["space"], there, gone(third)).state
  expect(next.marked).toEqual([slugs[3] ?? ""])
  const atEnd = press(["end"]).state
  expect(press(["space"], atEnd, gone(slugs.at(-1) ?? "")).state.marked).toEqual([slugs.at(-2) ?? ""])
})

test("left folds the group of the selected run and selects its head; a mark on the head takes them all", () => {
  const folded = press(["v", "down", "down", "left"]).state
  expect(folded.folded).toEqual(["implementer"])
  expect(folded.selected).toBe("group implementer")
  const marked = press(["space"], folded).state.marked
  expect(marked.length).toBe([...view.runs.values()].filter(({ agent }) => agent === "implementer").length)
  expect(press(["up", "space"], press(["space"], folded).state).state.marked).toEqual([])
})

test("while a filter is typed the arrows select, and ctrl-u empties it", () => {
  const typed = press(["/", "i", "m", "p", "l", "down"]).state
  expect({ filter: typed.filter, isFiltering: typed.isFiltering }).toEqual({ filter: "impl", isFiltering: true })
  expect(typed.selected).toBe(listRows(view, typed, SAMPLE_NOW_MS)[1]?.id)
  expect(press(["ctrl-u"], typed).state.filter).toBe("")
})

test("a list is scrolled as far as its last line, and from there at once back", () => {
  const state: ScreenState = { ...ready(), page: "help", from: "overview" }
  const size = { columns: 70, rows: 14, view, nowMs: SAMPLE_NOW_MS, zoneOffsetMs: 0, glyphs: "ascii" } as const
  const { maxScroll } = drawScreen({ ...size, state })
  const context = { view, nowMs: SAMPLE_NOW_MS, pageRows: 10, maxScroll }
  const atEnd = pressKey(state, "end", context).state
  expect(maxScroll).toBeGreaterThan(10)
  expect(atEnd.scroll).toBe(maxScroll)
  expect(pressKey(atEnd, "down", context).state.scroll).toBe(maxScroll)
  expect(pressKey(atEnd, "up", context).state.scroll).toBe(maxScroll - 1)
})

test("n selects the run that waits most, then the others in turn, whatever hides them, and stays on a run's page", () => {
  const order = ["review #482", "fix the login redirect", "migrate to vite 9", "bump dependencies"]
  expect(runsInNeed(view, SAMPLE_NOW_MS).map(({ label }) => label)).toEqual(order)
  const labels = (keys: readonly string[]) => view.runs.get(press(keys).state.selected ?? "")?.label
  const pressed = ["n", "nn", "nnn", "nnnn", "nnnnn", "nnjn"].map((keys) => [...keys])
  expect(pressed.map(labels)).toEqual([...order, order[0], order[0]])
  expect(press(["/", "d", "o", "c", "s", "enter", "n"]).state).toMatchObject({ filter: "", selected: slugs[1] ?? "" })
  expect(press(["v", "left", "n", "n"]).state).toMatchObject({ folded: [], selected: slugs[0] ?? "" })
  expect(press(["end", "enter", "3", "n"]).state).toMatchObject({ page: "run", tab: 0, selected: slugs[1] ?? "" })
  const quiet = { ...view, runs: new Map(), asks: new Map() }
  expect(press(["n"], ready(), quiet).state.notice?.text).toBe("no run is in trouble")
})
