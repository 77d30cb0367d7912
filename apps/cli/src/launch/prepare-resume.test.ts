import { expect, test } from "bun:test"
import { describeVersionChange } from "./prepare-resume.ts"

test.each([
  ["1.2.3", "1.2.3", []],
  [undefined, undefined, []],
  ["1.2.3", "1.3.0", ["acme was version 1.2.3, and is now version 1.3.0"]],
  ["1.2.3", undefined, ["acme was version 1.2.3, and is now a program of the system"]],
  [undefined, "1.3.0", ["acme was a program of the system, and is now version 1.3.0"]],
] as const)("a version that was %p and is %p is described as %j", (before, now, lines) => {
  expect(describeVersionChange("acme", before, now)).toEqual([...lines])
})
