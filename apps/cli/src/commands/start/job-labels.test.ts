import { expect, test } from "bun:test"
import { OperatorProblem } from "@bot-bottle/contracts"
import { parseLabels } from "./job-labels.ts"

test("parseLabels: pairs with commas between, or none", () => {
  expect([parseLabels(undefined), parseLabels("arch=x64, gpu=A100-80")]).toEqual([{}, { arch: "x64", gpu: "A100-80" }])
})

test.each([[""], ["arch"], ["arch="], ["=x"], ["A=b"], ["a=b,a=c"], ["a=b,"], ["a=b c"], ["__proto__=x"]])(
  "parseLabels: %p is refused as bad usage",
  (text) => {
    const refused = (() => {
      try {
        return parseLabels(text)
      } catch (error) {
        return error
      }
    })()
    expect(refused).toBeInstanceOf(OperatorProblem)
    expect((refused as OperatorProblem).exitCode).toBe(2)
  },
)
