import { expect, test } from "bun:test"
import { appendFileSync, mkdirSync } from "node:fs"
import { dirname } from "node:path"
import type { HostId, Run } from "@bot-bottle/contracts"
import { identifyProcess } from "@bot-bottle/kernel"
import { sampleRun } from "@bot-bottle/ledger/testing"
import { openTempFolder } from "@bot-bottle/testkit"
import { transcriptOf } from "../session/transcript.ts"
import { readRunLog } from "./run-logs.ts"

test("a log that is followed has its launcher's last words, written after the run's row says that it is over", async () => {
  await using folder = await openTempFolder()
  const launcher = identifyProcess(process.pid)
  if (launcher === undefined) throw new Error("this process has no identity")
  const run: Run = { ...sampleRun("run-00000", { launcher }), host: "here" as HostId }
  const { current } = transcriptOf(folder.path, run.slug)
  mkdirSync(dirname(current), { recursive: true })
  appendFileSync(current, "one\n")

  // Seen by its name, then live, then over, and then over with its last words there.
  const asked = [run, run, { ...run, status: "ended" } as const]
  const finder = {
    host: run.host,
    fleet: undefined,
    listRuns: async () => [],
    async findRun() {
      const now = asked.shift()
      if (now === undefined) appendFileSync(current, "over\n")
      return now ?? ({ ...run, status: "ended", launcher: `${launcher}0` } as Run)
    },
  }
  let text = ""
  for await (const bytes of readRunLog(finder, folder.path, run.slug, { of: "agent", follow: true }))
    text += Buffer.from(bytes).toString()
  expect(text).toBe("one\nover\n")
})
