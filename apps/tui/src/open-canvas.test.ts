import { describe, expect, test } from "bun:test"
import type { HostEvent, ScreenIntent } from "@bot-bottle/contracts"
import { applyEvent, drawScreen, EMPTY_VIEW, FIRST_STATE, textOf } from "@bot-bottle/view"
import { SAMPLE_NOW_MS, sampleEvents } from "@bot-bottle/view/testing"
import { createScreenSession, type ScreenSession } from "./screen-session.ts"
import { openTestCanvas } from "./testing/index.ts"

const EMOJI = "한국어 👍🏽 👩‍💻 1️⃣ ☃️ é 🇩🇪 x"
const COMMANDS = ["cutoff", "restore", "freeze", "kill", "budget", "attach", "logs", "info", "edit"]

describe("what is painted is the pure screen, cell for cell", () => {
  test.each([
    // columns, rows, text of labels and models
    [80, 24, undefined],
    [140, 40, undefined],
    [60, 12, undefined],
    [100, 30, EMOJI],
  ] as const)("%p x %p, labels %p", async (columns, rows, hostileText) => {
    const events = sampleEvents(hostileText === undefined ? {} : { hostileText })
    await using screen = await screenWith({ columns, rows, events })
    expect(await screen.frame()).toEqual(pureScreen(events, columns, rows))
  })

  test("after a resize as well", async () => {
    await using screen = await screenWith({ columns: 80, rows: 24, events: sampleEvents() })
    screen.resize(120, 36)
    expect(await screen.frame()).toEqual(pureScreen(sampleEvents(), 120, 36))
  })
})

test("keys reach the session, capital letters as themselves", async () => {
  await using screen = await screenWith({ columns: 80, rows: 24, events: sampleEvents() })
  const slug = sampleSlug(1)
  screen.keys.pressArrow("down")
  screen.keys.pressEnter()
  screen.keys.pressKey("4")
  screen.keys.pressEscape()
  screen.keys.pressKey("S")
  expect(await screen.frame()).not.toEqual(pureScreen(sampleEvents(), 80, 24))
  screen.keys.pressKey("q")
  await screen.frame()
  expect(screen.sent.filter(({ kind }) => kind !== "place")).toEqual([
    { kind: "read-page", slug, page: "manifest", columns: 80 },
    { kind: "quit" },
  ])
})

test("a click selects the run of that row, a second one opens it; the wheel moves the selection", async () => {
  await using screen = await screenWith({ columns: 80, rows: 24, events: sampleEvents() })
  const places = () =>
    screen.sent.flatMap((intent) => (intent.kind === "place" ? [`${intent.place.page} ${intent.place.selected}`] : []))
  await screen.frame()
  await screen.mouse.click(10, 7)
  await screen.mouse.scroll(10, 7, "down")
  await screen.mouse.click(10, 8)
  await screen.frame()
  expect(places()).toEqual([`overview ${sampleSlug(2)}`, `overview ${sampleSlug(3)}`, `run ${sampleSlug(3)}`])
})

test("pasted text presses no key", async () => {
  await using screen = await screenWith({ columns: 80, rows: 24, events: sampleEvents() })
  await screen.keys.pasteBracketedText("qx")
  await screen.frame()
  expect(screen.sent).toEqual([])
})

async function screenWith({ columns, rows, events }: { columns: number; rows: number; events: readonly HostEvent[] }) {
  const sent: ScreenIntent[] = []
  let session: ScreenSession | undefined
  const test = await openTestCanvas({
    columns,
    rows,
    theme: "dark",
    events: {
      onKey: (key) => session?.press(key),
      onPaste: (text) => session?.paste(text),
      onClick: (column, row) => session?.click(column, row),
      onScroll: (direction) => session?.scroll(direction),
      onResize: () => session?.draw(),
    },
  })
  session = createScreenSession(test.canvas, {
    glyphs: "unicode",
    nowMs: () => SAMPLE_NOW_MS,
    zoneOffsetMs: () => 0,
    send: (intent) => void sent.push(intent),
    onQuit: () => {},
  })
  await session.take({
    kind: "setup",
    theme: "dark",
    guess: "dark",
    glyphs: "unicode",
    mouse: true,
    keys: {},
    commands: COMMANDS,
    place: null,
  })
  await session.take({ kind: "events", events: [...events] })
  session.draw()
  return {
    sent,
    keys: test.keys,
    mouse: test.mouse,
    resize: test.resize,
    async frame() {
      await test.renderOnce()
      return lines(test.text())
    },
    [Symbol.asyncDispose]: () => test[Symbol.asyncDispose](),
  }
}

function pureScreen(events: readonly HostEvent[], columns: number, rows: number): readonly string[] {
  const view = events.reduce(applyEvent, EMPTY_VIEW)
  const state = { ...FIRST_STATE, commands: new Set(COMMANDS) }
  const screen = drawScreen({ view, state, nowMs: SAMPLE_NOW_MS, zoneOffsetMs: 0, columns, rows, glyphs: "unicode" })
  return lines(screen.lines.map(textOf).join("\n"))
}

function lines(text: string): readonly string[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => line.trimEnd())
}

function sampleSlug(index: number): string {
  const snapshot = sampleEvents().find((event) => event.kind === "snapshot")
  return snapshot?.kind === "snapshot" ? (snapshot.runs[index]?.slug ?? "") : ""
}
