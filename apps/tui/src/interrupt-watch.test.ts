import { expect, test } from "bun:test"
import { createInterruptWatch } from "./interrupt-watch.ts"

// biome-ignore format: a table
test.each([
  // bytes        the library reports a key  interrupts
  ["\x03",        false,                     1],
  ["\x03",        true,                      0],
  ["\x03\x03",    false,                     1],
  ["",            false,                     0],
  ["a\x03b",      false,                     0],
  ["q",           false,                     0],
] as const)("of %j, reported: %p", (bytes, isReported, interrupts) => {
  const interrupted: string[] = []
  const due: (() => void)[] = []
  const watch = createInterruptWatch({ after: (_, work) => void due.push(work), onInterrupt: () => void interrupted.push(bytes) })
  watch.reported()
  watch.heard(new TextEncoder().encode(bytes))
  if (isReported) watch.reported()
  for (const work of due) work()
  expect(interrupted.length).toBe(interrupts)
})
