// Out of memory, the kernel ends whoever scores highest: an agent must not make itself the last.

import { expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { createBwrapBackend, openTestRun, runInBottle } from "@bot-bottle/bottle/testing"
import { describeIsolated } from "./require-isolation.ts"

const FILE = "/proc/self/oom_score_adj"
const SCRIPT = `cat ${FILE}; for score in 500 -1 -999; do echo $score > ${FILE}; done 2>/dev/null; cat ${FILE}`

await describeIsolated("oom score", createBwrapBackend(), () => {
  test("a bottle's programs may raise their score, and never lower it below where they started", async () => {
    await using run = openTestRun()
    const { stdout } = await runInBottle(createBwrapBackend(), run.plan(["/bin/sh", "-c", SCRIPT]))
    expect(stdout.trim().split("\n")).toEqual([readFileSync(FILE, "utf8").trim(), "500"])
  })
})
