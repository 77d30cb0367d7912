import { expect, test } from "bun:test"
import type { BackgroundOrder } from "@bot-bottle/contracts"
import { OperatorProblem } from "@bot-bottle/contracts"
import { killProcess, pidOf } from "@bot-bottle/kernel"
import type { Host } from "../host.ts"
import { spawnBackgroundLauncher } from "./background-launcher.ts"

/** More than a pipe takes at once. */
const LARGE_PROMPT = "x".repeat(1_000_000)

test("a launcher that dies over its order is reported as ended, and the broken pipe is no other error", async () => {
  await using launcher = spawnBackgroundLauncher()
  process.kill(pidOf(launcher.identity), "SIGSTOP")
  const launched = launcher.launch({} as Host, { prompt: LARGE_PROMPT } as unknown as BackgroundOrder)
  killProcess(launcher.identity)
  const problem = await launched.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(problem).toBeInstanceOf(OperatorProblem)
  expect(String(problem)).toContain("the launcher in the background ended")
})
