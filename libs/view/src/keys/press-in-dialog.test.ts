import { expect, test } from "bun:test"
import { press } from "../testing/press-keys.ts"
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
