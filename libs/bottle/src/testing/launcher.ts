// A launcher of its own process, for the tests that kill it: `bun launcher.ts <json>`.

import type { BottlePlan } from "../plan.ts"
import { type Subject, subjectNamed } from "./subject.ts"

interface LauncherInput {
  readonly backend: Subject["name"]
  readonly plan: BottlePlan
  readonly stdio: "inherit" | "terminal"
  /** Lives on after its bottle, until a key is pressed. */
  readonly lingers?: boolean
}

const input = JSON.parse(Bun.argv[2] ?? "") as LauncherInput
const bottle = await subjectNamed(input.backend).create().launch(input.plan, { kind: input.stdio })
const exitCode = await bottle.exited
if (input.lingers) {
  process.stdout.write("lingering\n")
  await new Promise((resolve) => process.stdin.once("data", resolve).resume())
}
process.exit(exitCode)
