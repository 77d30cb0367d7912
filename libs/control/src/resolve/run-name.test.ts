import { expect, test } from "bun:test"
import { OperatorProblem } from "@bot-bottle/contracts"
import { readRunName } from "./run-name.ts"

test("readRunName: an unnamed run is called like its agent, without a color", () => {
  expect(readRunName({}, "implementer")).toEqual({ label: "implementer", color: "" })
  expect(readRunName({ label: "fix login", color: "bright-red" }, "x")).toEqual({
    label: "fix login",
    color: "bright-red",
  })
})

test.each([
  // flags                        message
  [{ label: "" }, "--label: a label must not be empty"],
  [{ label: "x".repeat(65) }, "--label: a label is at most 64 characters long, and this one is 65"],
  [{ label: "ä".repeat(33) }, "--label: a label is at most 64 bytes long, and this one is 66"],
  [{ label: "a\nb" }, "--label: a label must not hold control or format characters"],
] as const)("readRunName: %j is bad usage", (flags, message) => {
  let problem: unknown
  try {
    readRunName(flags, "implementer")
  } catch (error) {
    problem = error
  }
  expect(problem).toBeInstanceOf(OperatorProblem)
  expect([(problem as OperatorProblem).message, (problem as OperatorProblem).exitCode]).toEqual([message, 2])
})
