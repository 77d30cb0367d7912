import { expect, test } from "bun:test"
import { applyEvent } from "../apply-event.ts"
import { drawScreen } from "../draw-screen.ts"
import { EMPTY_VIEW } from "../host-view.ts"
import { BINDINGS } from "../keys/keys.ts"
import { pressKey } from "../keys/press-key.ts"
import { textOf } from "../line.ts"
import { FIRST_STATE, type ScreenState } from "../state.ts"
import { SAMPLE_NOW_MS, sampleEvents } from "../testing/index.ts"
import { press } from "../testing/press-keys.ts"

const view = sampleEvents().reduce(applyEvent, EMPTY_VIEW)
const COMMANDS = new Set(BINDINGS.flatMap(({ command }) => command ?? []))
const REASON = `it's ${"very ".repeat(12)}risky`

// biome-ignore format: a table
test.each([
  // keys                                     the command, as a shell would take it
  [["c"],                                     /cutoff fix-the-login-redirect-\w{5}$/],
  [["b", ..."3M"],                            /budget set agent:implementer claude 3000000 --window day$/],
  [["b", "tab", ..."500k"],                   /budget set host claude 500000 --window day$/],
  [["o", ..."3000"],                          /forward fix-the-login-redirect-\w{5} 3000$/],
  [["u", "x", ...typed(REASON)],              /supervise reject \d+ '--reason=it'\\''s (very ){12}risky'$/],
] as const)("after %p, the dialog shows the whole command", (keys, command) => {
  expect(shownCommand(keys)).toMatch(command)
})

// biome-ignore format: a table
test.each([
  // keys                                  the limit as it is now, and who else gets the new one
  [["b"],                                  "now        agent:implementer claude, 1.56M of 2M"],
  [["b", "tab"],                           "now        host claude, 3.42M of 5M"],
  [["b", "tab", "tab"],                    "now        run claude, no limit"],
  [["space", "space", "b"],                "now        each run claude, its own limit"],
] as const)("after %p, the budget says %p", (keys, now) => {
  expect(insideOf(keys)).toContain(now)
})

test("on a screen that is too small there is the size that it needs, and no dialog", () => {
  const { state } = press(["x"])
  const clock = { nowMs: SAMPLE_NOW_MS, zoneOffsetMs: 0, glyphs: "unicode" } as const
  const { lines } = drawScreen({ view, state, columns: 20, rows: 5, ...clock })
  expect(lines.map(textOf)).toEqual(["needs 60 x 12", "", "", "", ""])
})

function typed(text: string): readonly string[] {
  return [...text].map((char) => (char === " " ? "space" : char))
}

/** As a reader puts its lines together. */
function shownCommand(keys: readonly string[]): string {
  const inside = insideOf(keys)
  const from = inside.findIndex((text) => text.startsWith("runs  "))
  const to = inside.findIndex((text, index) => index > from && !text.startsWith("      "))
  return inside
    .slice(from, to)
    .map((text) => text.slice(6))
    .join(" ")
}

/** The lines of the dialog. */
function insideOf(keys: readonly string[]): readonly string[] {
  const start: ScreenState = { ...FIRST_STATE, commands: COMMANDS }
  const context = { view, nowMs: SAMPLE_NOW_MS, pageRows: 10, maxScroll: 40 }
  const state = keys.reduce((each, key) => pressKey(each, key, context).state, start)
  const clock = { nowMs: SAMPLE_NOW_MS, zoneOffsetMs: 0, glyphs: "unicode" } as const
  const { lines } = drawScreen({ view, state, columns: 80, rows: 24, ...clock })
  return lines.map((each) => /│ (.*) │/.exec(textOf(each))?.[1]?.trimEnd() ?? "")
}
