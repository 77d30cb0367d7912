import { describe, expect, test } from "bun:test"
import { applyEvent } from "../apply-event.ts"
import { drawScreen } from "../draw-screen.ts"
import { textOf } from "../line.ts"
import { listRows } from "../run-rows.ts"
import type { ScreenState } from "../state.ts"
import { SAMPLE_NOW_MS, sampleEvents } from "../testing/index.ts"
import { COMMANDS, press, ready, SAMPLE_VIEW as view } from "../testing/press-keys.ts"
import type { Intent } from "./intents.ts"
import { BINDINGS } from "./keys.ts"
import { pasteText, pressKey, selectRow } from "./press-key.ts"

const events = sampleEvents()
const slugs = [...view.runs.keys()]
const [first = "", cut = "", , , frozen = ""] = slugs

describe("what a key asks for", () => {
  // biome-ignore format: a table
  test.each([
    // keys                                            what is asked
    [["c", "y"],                                       [{ kind: "run", commands: [["cutoff", first]] }]],
    [["f", "y"],                                       [{ kind: "run", commands: [["freeze", first]] }]],
    [["f", "n", "enter", "esc"],                       []],
    [["down", "r", "y"],                               [{ kind: "run", commands: [["restore", cut]] }]],
    [["down", "down", "down", "down", "r"],            [{ kind: "terminal", commands: [["resume", frozen, "--detach"]] }]],
    [["x", "k", "i", "l", "l"],                        [{ kind: "run", commands: [["kill", first]] }]],
    [["x", "y"],                                       []],
    [["x", "enter"],                                   []],
    [["x", "f", "y"],                                  [{ kind: "run", commands: [["freeze", first]] }]],
    [["b", "3", "M", "enter"],                         [{ kind: "run", commands: [["budget", "set", "agent:implementer", "claude", "3000000", "--window", "day"]] }]],
    [["b", "+", "1", "M", "enter"],                    [{ kind: "run", commands: [["budget", "set", "agent:implementer", "claude", "3000000", "--window", "day"]] }]],
    [["b", "tab", "5", "M", "enter"],                  [{ kind: "run", commands: [["budget", "set", "host", "claude", "5000000", "--window", "day"]] }]],
    [["b", "M", "enter"],                              []],
    [["a"],                                            [{ kind: "terminal", commands: [["attach", first]] }]],
    [["l"],                                            [{ kind: "terminal", commands: [["logs", "-f", first]] }]],
    [["i"],                                            [{ kind: "read-page", slug: first, page: "manifest" }]],
    [["y"],                                            [{ kind: "copy", text: first }]],
    [["d", "y"],                                       [{ kind: "copy", text: "egress:\n  routes:\n    - host: registry.yarnpkg.com" }]],
    [["d", "e"],                                       [{ kind: "terminal", commands: [["edit", "npm", "--bottle"]] }]],
    [["d", "A"],                                       [{ kind: "terminal", commands: [["allow", slugs[3] ?? "", "registry.yarnpkg.com"]] }]],
    [["d", "down", "A"],                               [{ kind: "terminal", commands: [["allow", first, "gitea.lan", "--method", "POST", "--path", "/api/v1/repos/shop/web/hooks"]] }]],
    [["u", "r", "enter"],                              [{ kind: "run", commands: [["supervise", "approve", "11", "--for", "run"]] }]],
    [["u", "o", "o", "k", "space", "-", "x", "enter"], [{ kind: "run", commands: [["supervise", "approve", "11", "--for", "once", "--reason=ok -x"]] }]],
    [["u", "x", "enter", "space", "enter"],            []],
    [["u", "x", "n", "o", "enter"],                    [{ kind: "run", commands: [["supervise", "reject", "11", "--reason=no"]] }]],
    [["u", "x", "n", "esc"],                           []],
    [["u", "A"],                                       [{ kind: "terminal", commands: [["supervise", "approve", "11", "--for", "always"]] }]],
    [["u", "e"],                                       [{ kind: "terminal", commands: [["supervise", "edit", "11"]] }]],
    [["u", "down", "r", "enter"],                      [{ kind: "run", commands: [["supervise", "approve", "12", "--for", "run"]] }]],
    [["u", "down", "o", "enter"],                      []],
    [["u", "down", "A"],                               []],
    [["space", "down", "space", "x", "k", "i", "l", "l"], []],
    [["o", "3", "0", "0", "0", "enter"],               [{ kind: "terminal", commands: [["forward", first, "3000"]] }]],
    [["q"],                                            [{ kind: "quit" }]],
    [["enter", "q"],                                   [{ kind: "quit" }]],
    [["x", "ctrl-c"],                                  [{ kind: "quit" }]],
    [["/", "q", "enter"],                              []],
  ] as const)("%j", (keys, expected) => {
    expect(press(keys).intents).toEqual(expected as unknown as Intent[])
  })
})

test("several marked runs are killed by their number, after all were named", () => {
  const opened = press(["space", "down", "space", "x"])
  expect(opened.state.dialog?.targets.map(({ slug }) => slug)).toEqual([first, slugs[2] ?? ""])
  expect(press(["2"], opened.state).intents).toEqual([
    {
      kind: "run",
      commands: [
        ["kill", first],
        ["kill", slugs[2] ?? ""],
      ],
    },
  ])
})

test("marked runs that are stopped are resumed one after the other", () => {
  const ended = applyEvent(view, { ...events[0]!, kind: "run", ...view.runs.get(first)!, status: "frozen" } as never)
  const resumed = press(["space", "down", "down", "down", "space", "r"], ready(), ended)
  expect(resumed.intents).toEqual([
    { kind: "terminal", commands: [first, frozen].map((slug) => ["resume", slug, "--detach"]) },
  ])
})

test("the question before a kill has the changed files counted that were never applied, and says them", () => {
  const context = { view, nowMs: SAMPLE_NOW_MS, pageRows: 10, maxScroll: 40 }
  const { state, intents } = pressKey(ready(), "x", context)
  expect(intents).toEqual([{ kind: "read-changes", slug: first }])
  const text = (changes: ReadonlyMap<string, number>) =>
    drawScreen({
      ...{ view, state: { ...state, changes }, nowMs: SAMPLE_NOW_MS, zoneOffsetMs: 0 },
      ...{ columns: 80, rows: 24, glyphs: "ascii" },
    })
      .lines.map(textOf)
      .join("\n")
  expect(text(new Map())).not.toContain("applied")
  expect(text(new Map([[first, 12]]))).toMatch(/cleanup'\. 12 [\s\S]*changed files were never applied\./)
})

// biome-ignore format: a table
test.each([
  // keys                          the pages that lead back, the first one last
  [["enter", "u"],                 ["run", "overview"]],
  [["enter", "d", "h"],            ["denials", "overview"]],
  [["d", "enter", "?"],            ["run", "overview"]],
  [["d", "d", "u", "u"],           ["denials", "overview"]],
  [["?", "u"],                     ["overview", "overview"]],
] as const)("from every page %j leads to a page that esc leaves again", (keys, back) => {
  const opened = press(keys).state
  const pages = [press(["esc"], opened), press(["esc", "esc"], opened)].map(({ state }) => state.page)
  expect(pages).toEqual([...back])
})

test("past runs come in pages: at the last one that was read, the page after it is read, once", () => {
  const snapshot = events.find((event) => event.kind === "snapshot")
  const rows = Array.from({ length: 3 }, (_, index) => ({
    ...(snapshot?.kind === "snapshot" ? snapshot.runs[0]! : ({} as never)),
    ...{ slug: `old-${index}`, label: `old ${index}`, status: "ended" as const },
    ...{ started_at: new Date(1_000 - index).toISOString(), ended_at: new Date(2_000).toISOString() },
  }))
  const state = press(["t"]).state
  expect(press(["end"], { ...state, past: rows }).intents).toEqual([{ kind: "read-past", after: "old-2" }])
  expect(press(["end"], { ...state, past: rows }, { ...view, pastRuns: 3 }).intents).toEqual([])
  expect(press(["end", "up"], { ...state, past: rows }, { ...view, pastRuns: 3 }).state.selected).toBe("old-1")
})

test("a question that was answered meanwhile leaves the list, and the selection moves to the next", () => {
  const opened = press(["u"])
  const asked = events.find((event) => event.kind === "ask" && event.id === 11)
  const answered = applyEvent(view, { ...asked!, state: "approved", duration: "run" } as never)
  expect(press(["r", "enter"], opened.state, answered).intents).toEqual([
    { kind: "run", commands: [["supervise", "approve", "12", "--for", "run"]] },
  ])
})

test("a question opens its run, and back leads to the questions", () => {
  const opened = press(["u", "down", "enter"])
  expect([opened.state.page, opened.state.selected]).toEqual(["run", slugs[3]])
  expect(press(["esc"], opened.state).state.page).toBe("asks")
})

test("a dialog takes no key in its first moments", () => {
  const opened = pressKey(ready(), "c", { view, nowMs: SAMPLE_NOW_MS, pageRows: 10, maxScroll: 40 })
  const early = pressKey(opened.state, "y", { view, nowMs: SAMPLE_NOW_MS + 100, pageRows: 10, maxScroll: 40 })
  const later = pressKey(early.state, "y", { view, nowMs: SAMPLE_NOW_MS + 200, pageRows: 10, maxScroll: 40 })
  expect([early.intents.length, later.intents.length]).toEqual([0, 1])
})

test("a dialog refuses when a run it named has changed meanwhile", () => {
  const opened = press(["f"])
  const snapshot = events.find((event) => event.kind === "snapshot")
  const row = snapshot?.kind === "snapshot" ? snapshot.runs[0]! : undefined
  const changed = applyEvent(view, {
    v: 1,
    cursor: "c",
    at: new Date(SAMPLE_NOW_MS).toISOString(),
    kind: "run",
    ...row!,
    status: "cut",
  })
  const { state, intents } = press(["y"], opened.state, changed)
  expect({ intents, text: state.notice?.text }).toEqual({ intents: [], text: `${first} is cut now: nothing was done` })
})

test("the selection follows the run when the order changes", () => {
  const chosen = press(["down", "down", "down"]).state
  const sorted = press(["s", "s", "s", "s"], chosen).state
  const rows = listRows(view, { ...sorted, heldUntilMs: 0 }, SAMPLE_NOW_MS + 60_000)
  expect(rows.findIndex(({ id }) => id === sorted.selected)).not.toBe(3)
  expect(sorted.selected).toBe(slugs[3])
})

test("the order holds still for three seconds after a key", () => {
  const state = { ...press(["s", "s", "s", "s", "j"]).state }
  const other: ScreenState = { ...state, sort: "label" }
  const order = (nowMs: number) => listRows(view, other, nowMs).map(({ id }) => id)
  expect(order(state.heldUntilMs - 1)).toEqual([...state.heldOrder])
  expect(order(state.heldUntilMs)).not.toEqual([...state.heldOrder])
})

test.each([
  // filter                  how many of the ten
  ["is:cut", 1],
  ["agent:impl", 5],
  ["bottle:npm", 2],
  ["provider:codex is:run", 1],
  ["login", 1],
  ["nothing-like-it", 0],
])("filter %p shows %p", (filter, count) => {
  const { state } = press(["/", ...filter, "enter"])
  expect(listRows(view, state, SAMPLE_NOW_MS).length).toBe(count)
})

test("pasted text goes to fields, and presses no key", () => {
  expect(pasteText(ready(), "q\x03x")).toEqual({ state: ready(), intents: [] })
  expect(pasteText(press(["/"]).state, "is:cut\n").state.filter).toBe("is:cut")
})

test("a click selects, a second one opens", () => {
  const context = { view, nowMs: SAMPLE_NOW_MS, pageRows: 10, maxScroll: 40 }
  const once = selectRow(ready(), cut, context).state
  const twice = selectRow(once, cut, context).state
  expect([once.page, once.selected, twice.page]).toEqual(["overview", cut, "run"])
})

test("every key of the table is on the help page, and a key without its command is nowhere", () => {
  const help = (commands: ReadonlySet<string>) => {
    const state: ScreenState = { ...ready(), page: "help", commands }
    const { lines } = drawScreen({
      view,
      state,
      nowMs: SAMPLE_NOW_MS,
      zoneOffsetMs: 0,
      columns: 140,
      rows: 60,
      glyphs: "ascii",
    })
    return lines.map(textOf).join("\n")
  }
  const named = BINDINGS.filter(
    (binding) =>
      binding.help !== "" && !binding.help.includes("…") && !/^(?:tab-|down|up|page|first|last)/.test(binding.action),
  )
  const whole = help(COMMANDS)
  expect(named.filter((binding) => !whole.includes(binding.help)).map(({ action }) => action)).toEqual([])
  expect(help(new Set())).not.toContain("kill")
  expect(press(["x"], { ...ready(), commands: new Set() }).state.dialog).toBeUndefined()
})

test("the operator's settings rename a key or switch it off", () => {
  const state = { ...ready(), keys: { kill: "none", attach: "T" } }
  expect(press(["x"], state).state.dialog).toBeUndefined()
  expect(press(["T"], state).intents).toEqual([{ kind: "terminal", commands: [["attach", first]] }])
})

test("a past run that is opened has its requests read, and shows them", () => {
  const snapshot = events.find((event) => event.kind === "snapshot")
  const live = snapshot?.kind === "snapshot" ? snapshot.runs[0]! : undefined
  const past = {
    ...live!,
    slug: "old-run-00000",
    label: "old run",
    status: "ended" as const,
    ended_at: live!.started_at,
    exit_code: 0,
  }
  const row = {
    id: "r1",
    slug: past.slug,
    provider: "claude",
    model: "old-model",
    status: "settled" as const,
    cost_usd: null,
  }
  const figures = {
    input_tokens: 1,
    output_tokens: 2,
    cache_read_tokens: 0,
    cache_write_tokens: 0,
    reasoning_tokens: 0,
  }
  const times = {
    started_at: past.started_at,
    ended_at: past.ended_at,
    upstream_status: 200,
    charged_tokens: 3,
    reserved_tokens: 9,
  }
  const state: ScreenState = { ...ready(), showsPast: true, past: [past], filter: "old run" }
  const opened = press(["enter"], state)
  expect(opened.intents).toEqual([{ kind: "read-requests", slug: past.slug }])
  const read: ScreenState = {
    ...opened.state,
    pastRequests: new Map([[past.slug, [{ ...row, ...figures, ...times }]]]),
  }
  const { lines } = drawScreen({
    view,
    state: read,
    nowMs: SAMPLE_NOW_MS,
    zoneOffsetMs: 0,
    columns: 100,
    rows: 30,
    glyphs: "ascii",
  })
  expect(lines.map(textOf).join("\n")).toContain("old-model")
})
