// A launcher of its own process, for the tests that kill it: `bun launcher.ts <json>`.
// Lives as long as its bottle.

import { createBwrapBackend } from "../backends/bwrap/bwrap-backend.ts"
import type { BottlePlan } from "../plan.ts"

interface LauncherInput {
  readonly plan: BottlePlan
  readonly stdio: "inherit" | "terminal"
}

const input = JSON.parse(Bun.argv[2] ?? "") as LauncherInput
const bottle = await createBwrapBackend().launch(input.plan, { kind: input.stdio })
process.exit(await bottle.exited)
