// A run that has left the stream: its page claims nothing that is not known, and the footer names
// no key that a run in its state refuses.

import { expect, test } from "bun:test"
import type { RunRow } from "@bot-bottle/contracts"
import { drawScreen } from "../draw-screen.ts"
import { textOf } from "../line.ts"
import type { ScreenState } from "../state.ts"
import { SAMPLE_NOW_MS, sampleEvents } from "../testing/index.ts"
import { press, ready, SAMPLE_VIEW } from "../testing/press-keys.ts"

// biome-ignore format: a table
test.each([
  // status    words in the footer of its page       and not
  ["ended",    ["r resume", "x kill", "b budget"],   ["c cut off", "f freeze", "a attach", "o forward"]],
  ["killed",   ["l logs"],                           ["r resume", "r restore", "x kill", "b budget", "c cut off", "f freeze"]],
] as const)("of a past run that is %s", (status, there, absent) => {
  const footer = pageOf(status, []).at(-1) ?? ""
  expect([there.filter((word) => !footer.includes(word)), absent.filter((word) => footer.includes(word))]).toEqual([
    [],
    [],
  ])
})

// biome-ignore format: a table
test.each([
  // tab   what it says                                 and does not claim
  ["2",    "of a past run: bot-bottle logs --egress",   "nothing was refused"],
  ["3",    "of a past run: bot-bottle audit",           "nothing was done"],
  ["1",    "no requests yet",                           "denials 0"],
  ["1",    "1 requests 40",                             "tokens a minute"],
] as const)("the tab %p of a past run says %p", (tab, said, claim) => {
  const text = pageOf("ended", [tab]).join("\n")
  expect(text).toContain(said)
  expect(text).not.toContain(claim)
})

test("the history of a run that is watched names the amounts first, and nothing that is not so", () => {
  const [slug = ""] = SAMPLE_VIEW.runs.keys()
  const detail = { is_ceiling: false, provider: "claude", scope: `run:${slug}`, limit: 6000, percent: 80 }
  const entry = { seq: 1, atMs: SAMPLE_NOW_MS, slug, action: "budget-warning", actor: "bot-bottle", detail }
  const { state } = press(["enter", "3"])
  const text = draw({ ...SAMPLE_VIEW, history: [entry] }, state).join("\n")
  expect(text).toContain("limit 6,000, percent 80, provider claude, scope run")
  expect(text).not.toContain("ceiling false")
})

function pageOf(status: RunRow["status"], keys: readonly string[]): readonly string[] {
  const snapshot = sampleEvents().find((event) => event.kind === "snapshot")
  const live = snapshot?.kind === "snapshot" ? snapshot.runs[0]! : undefined
  const past: RunRow = {
    ...live!,
    ...{ slug: "old-run-00000", label: "old run", status, ended_at: live!.started_at, exit_code: 0 },
  }
  const state: ScreenState = { ...ready(), showsPast: true, past: [past], filter: "old run" }
  return draw(SAMPLE_VIEW, press(["enter", ...keys], state).state)
}

function draw(view: typeof SAMPLE_VIEW, state: ScreenState): readonly string[] {
  const clock = { nowMs: SAMPLE_NOW_MS, zoneOffsetMs: 0, glyphs: "unicode" } as const
  return drawScreen({ view, state, columns: 140, rows: 40, ...clock }).lines.map(textOf)
}
