import { describe, expect, test } from "bun:test"
import type { HostEvent } from "@bot-bottle/contracts"
import { applyEvent } from "../apply-event.ts"
import { press, ready, SAMPLE_VIEW } from "../testing/press-keys.ts"
import { pasteText } from "./press-key.ts"

test.each([
  // the dialog's keys   what its field holds after a paste
  [["x"], "kill\nyyqq", ""],
  [["c"], "y", undefined],
  [["b"], "3M\nqq\t", "3Mqq"],
  [["o"], "3000\x1b[A", "3000A"],
  [["u", "x"], "not this\nhost", "not thishost"],
] as const)("a paste into the dialog of %j confirms nothing", (keys, pasted, typed) => {
  const before = press(keys).state
  const after = pasteText(before, pasted)
  expect({ intents: after.intents, kind: after.state.dialog?.kind }).toEqual({ intents: [], kind: before.dialog?.kind })
  expect(after.state.dialog !== undefined && "typed" in after.state.dialog ? after.state.dialog.typed : undefined).toBe(
    typed,
  )
})

describe("a budget of several marked runs", () => {
  const [first = "", , third = ""] = SAMPLE_VIEW.runs.keys()
  const marked = ["space", "down", "space", "b"]

  test("is a limit of its own for each", () => {
    const set = (slug: string) => ["budget", "set", `run:${slug}`, "claude", "3000000"]
    expect(press([...marked, "3", "M", "enter"]).intents).toEqual([{ kind: "run", commands: [set(first), set(third)] }])
  })

  test("is added to the limit that each has", () => {
    const view = [first, third].map(ownLimit).reduce(applyEvent, SAMPLE_VIEW)
    const { intents } = press([...marked, "+", "1", "M", "enter"], ready(), view)
    expect(intents).toMatchObject([{ kind: "run", commands: [{ 4: "+1M" }, { 4: "+1M" }] }])
  })

  test("is not added where one has none: nothing is done to the others", () => {
    const view = applyEvent(SAMPLE_VIEW, ownLimit(first))
    const { state, intents } = press([...marked, "+", "1", "M", "enter"], ready(), view)
    expect({ intents, dialog: state.dialog }).toMatchObject({
      intents: [],
      dialog: { kind: "budget", problem: "no limit of its own to add to: nightly triage" },
    })
  })
})

function ownLimit(key: string): HostEvent {
  const budget = { scope: "run", key, provider: "claude", limit: 500_000, used: 0, reserved: 0 } as const
  const rest = { window: "total", is_ceiling: false, resets_at: null } as const
  return { v: 1, cursor: "", at: new Date(0).toISOString(), kind: "budget", ...budget, ...rest }
}
