import { expect, test } from "bun:test"
import type { HostEvent, RunRow } from "@bot-bottle/contracts"
import { applyEvent } from "../apply-event.ts"
import { drawScreen } from "../draw-screen.ts"
import { EMPTY_VIEW } from "../host-view.ts"
import { BINDINGS, type Page } from "../keys.ts"
import { textOf } from "../line.ts"
import { FIRST_STATE } from "../state.ts"
import { SAMPLE_NOW_MS, sampleEvents } from "../testing/index.ts"

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

function footerOf(page: Page, status: RunRow["status"]): string {
  const first = (event: HostEvent): HostEvent =>
    event.kind === "snapshot"
      ? { ...event, runs: event.runs.map((run, index) => (index === 0 ? { ...run, status } : run)) }
      : event
  const view = sampleEvents().map(first).reduce(applyEvent, EMPTY_VIEW)
  const [selected = ""] = view.runs.keys()
  const commands = new Set(BINDINGS.flatMap(({ command }) => command ?? []))
  const clock = { nowMs: SAMPLE_NOW_MS, zoneOffsetMs: 0, glyphs: "unicode" } as const
  const { lines } = drawScreen({
    view,
    state: { ...FIRST_STATE, page, selected, commands },
    columns: 140,
    rows: 40,
    ...clock,
  })
  return lines.map(textOf).at(-1) ?? ""
}
