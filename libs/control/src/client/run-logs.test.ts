import { expect, test } from "bun:test"
import { appendFileSync, mkdirSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"
import { type HostId, type Run, runFolders } from "@bot-bottle/contracts"
import { SESSION_SOCKET } from "@bot-bottle/contracts/messages/session"
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
  const session = join(runFolders(folder.path, run.slug).state, SESSION_SOCKET)
  appendFileSync(session, "")

  // Seen by its name, live, over, and over with its last words there and the session closed. Its launcher lives on.
  const over = { ...run, status: "ended" } as const
  const asked = [run, run, over, over]
  const finder = {
    host: run.host,
    fleet: undefined,
    listRuns: async () => [],
    async findRun() {
      const now = asked.shift()
      if (now !== undefined) return now
      appendFileSync(current, "over\n")
      rmSync(session)
      return over
    },
  }
  let text = ""
  for await (const bytes of readRunLog(finder, folder.path, run.slug, { of: "agent", follow: true }))
    text += Buffer.from(bytes).toString()
  expect(text).toBe("one\nover\n")
})
