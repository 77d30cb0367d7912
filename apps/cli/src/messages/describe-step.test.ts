import { expect, test } from "bun:test"
import type { ControlEvent } from "@bot-bottle/control"
import { describeStep } from "./describe-step.ts"

const COPY = { kind: "workspace-copy", folder: "/srv/app" } as const
const TOOL = { kind: "toolchain-install", what: "claude 1" } as const

// biome-ignore format: a table
test.each<readonly [event: ControlEvent, words: ReturnType<typeof describeStep>]>([
  [{ ...COPY, step: "copying" },         { outcome: "stage", stage: "copying /srv/app into the bottle" }],
  [{ ...COPY, step: "done" },            { outcome: "over" }],
  [{ ...TOOL, step: "installing" },      { outcome: "stage", stage: "installing claude 1" }],
  [{ ...TOOL, step: "done" },            { outcome: "over" }],
  [{ kind: "no-conversation" },          { outcome: "no-step" }],
])("describeStep: %j is %j", (event, words) => {
  expect(describeStep(event)).toEqual(words)
})
