// A key that the operator renamed has its new name wherever a page names it; a picture without
// keys names none.

import { expect, test } from "bun:test"
import { drawScreen } from "../draw-screen.ts"
import { EMPTY_VIEW, type HostView } from "../host-view.ts"
import { textOf } from "../line.ts"
import type { ScreenState } from "../state.ts"
import { SAMPLE_NOW_MS } from "../testing/index.ts"
import { press, ready, SAMPLE_VIEW } from "../testing/press-keys.ts"
import { WITHOUT_KEYS } from "./keys.ts"

const KEYS = {
  hold: "P",
  budget: "B",
  "next-alert": "N",
  denials: "D",
  past: "T",
  freeze: "z",
  asks: "U",
  down: "n",
  last: "L",
}
const renamed: ScreenState = { ...ready(), keys: KEYS }
const EMPTY: HostView = { ...EMPTY_VIEW, connection: "live", heardAtMs: SAMPLE_NOW_MS, pastRuns: 7 }
const UNLIMITED: HostView = {
  ...SAMPLE_VIEW,
  budgets: new Map(),
  runs: new Map([...SAMPLE_VIEW.runs].map(([slug, run]) => [slug, { ...run, budgets: [] }])),
}

// biome-ignore format: a table
test.each([
  // view         the state                          what it says
  [SAMPLE_VIEW,   renamed,                           /N select it +14 denials of \S+ {2}D see/],
  [SAMPLE_VIEW,   press(["N"], renamed).state,       /B raise +14 denials/],
  [EMPTY,         renamed,                           /7 past runs {3}T shows them/],
  [UNLIMITED,     press(["enter"], renamed).state,   /no budget limits this run: B sets one/],
  [SAMPLE_VIEW,   press(["x"], renamed).state,       /z freezes instead/],
  [SAMPLE_VIEW,   press(["P"], renamed).state,       /! paused {2}P$/m],
  [SAMPLE_VIEW,   press(["?"], renamed).state,       /up n k +select[\s\S]*home L +first, last/],
] as const)("renamed keys are named, in state %#", (view, state, said) => {
  expect(textIn(view, state)).toMatch(said)
})

// biome-ignore format: a table
test.each([
  // freeze is  keys                            the dialog after them
  ["z",         ["x", "z"],                     "confirm"],
  ["z",         ["x", "f"],                     "kill"],
  ["none",      ["x", "f"],                     "kill"],
  // Its key is a letter of the answer: the answer has it.
  ["k",         ["x", "k", "i"],                "kill"],
  ["k",         ["x", "k", "i", "l", "l"],      undefined],
] as const)("with freeze on %p, the keys %j of a kill lead to %p", (freeze, keys, kind) => {
  expect(press(keys, { ...ready(), keys: { freeze, up: "none" } }).state.dialog?.kind).toBe(kind)
})

test("a picture without keys says what is wrong, and names no key", () => {
  const state: ScreenState = { ...ready(), keys: WITHOUT_KEYS }
  const text = textIn(SAMPLE_VIEW, state)
  expect(text).toContain("is cut off")
  expect(text).toContain("14 denials of")
  expect(text).not.toMatch(/raise|see$|answer/m)
  expect(textIn(EMPTY, state)).toMatch(/7 past runs$/m)
})

function textIn(view: HostView, state: ScreenState): string {
  const { lines } = drawScreen({
    ...{ view, state, columns: 140, rows: 40 },
    ...{ nowMs: SAMPLE_NOW_MS, zoneOffsetMs: 0, glyphs: "ascii" },
  })
  return lines.map((line) => textOf(line).trimEnd()).join("\n")
}
