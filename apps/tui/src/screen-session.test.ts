// The session on a canvas of its own: what it sends, and what its pictures say.

import { expect, test } from "bun:test"
import type { HostEvent, ScreenIntent } from "@bot-bottle/contracts"
import { type Screen, textOf } from "@bot-bottle/view"
import { SAMPLE_NOW_MS, sampleEvents } from "@bot-bottle/view/testing"
import { type Canvas, createScreenSession, type ScreenSession } from "./screen-session.ts"

test.each([
  // keys before the dialog
  [[]],
  [["p"]],
])("after %j, an answer is refused when its run has changed meanwhile", async (keys) => {
  const screen = await sessionWithSample()
  screen.press(...keys, "c")
  await screen.session.take({ kind: "events", events: [firstRunIs("frozen")] })
  screen.press("y")
  expect(screen.sent.filter(({ kind }) => kind === "run")).toEqual([])
  expect(screen.text()).toContain("is frozen now: nothing was done")
})

test("an action is said to run until its outcome, however long it takes", async () => {
  const screen = await sessionWithSample()
  screen.press("c", "y")
  screen.wait(60_000)
  expect(screen.text()).toMatch(/running cutoff fix-the-login-redirect-\w{5}$/m)
  await screen.session.take({ kind: "outcome", text: "it is cut off", hint: null, is_problem: false })
  expect(screen.text()).toMatch(/^ it is cut off$/m)
  screen.wait(60_000)
  expect(screen.text()).not.toContain("it is cut off")
})

async function sessionWithSample() {
  const sent: ScreenIntent[] = []
  let nowMs = SAMPLE_NOW_MS
  let painted: Screen | undefined
  const nothing = () => {}
  const paint = (screen: Screen) => {
    painted = screen
  }
  const canvas: Canvas = {
    ...{ columns: 140, rows: 40, paint },
    ...{ setTitle: nothing, copy: nothing, setMouse: nothing, repaint: nothing },
    ...{ stepAside: async () => {}, stepBack: async () => {} },
  }
  const session: ScreenSession = createScreenSession(canvas, {
    ...{ glyphs: "unicode", nowMs: () => nowMs, zoneOffsetMs: () => 0, onQuit: nothing },
    send: (intent) => void sent.push(intent),
  })
  await session.take({
    ...{ kind: "setup", theme: "dark", guess: "dark", glyphs: "unicode", mouse: true },
    ...{ keys: {}, commands: ["cutoff", "freeze", "kill"], place: null },
  })
  await session.take({ kind: "events", events: [...sampleEvents()] })
  return {
    sent,
    session,
    press(...keys: readonly string[]) {
      for (const key of keys) {
        session.press(key)
        nowMs += 200
      }
    },
    wait(ms: number) {
      nowMs += ms
      session.draw()
    },
    text: () => (painted?.lines ?? []).map((line) => textOf(line).trimEnd()).join("\n"),
  }
}

function firstRunIs(status: "frozen"): HostEvent {
  const snapshot = sampleEvents().find((event) => event.kind === "snapshot")
  const [run] = snapshot?.kind === "snapshot" ? snapshot.runs : []
  if (run === undefined) throw new Error("The sample has no run")
  return { v: 1, cursor: "later", at: new Date(SAMPLE_NOW_MS).toISOString(), kind: "run", ...run, status }
}
