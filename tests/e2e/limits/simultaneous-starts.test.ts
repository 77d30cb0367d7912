// Eight starts at the same instant, with one label, through one ledger that is not there yet.

import { expect, test } from "bun:test"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { openLedger } from "@bot-bottle/ledger"
import { agentIn, openCliHost, scriptBottle } from "../cli/cli-host.ts"
import { USAGE } from "../lifecycle/lifecycle-host.ts"

const STARTS = 8

test("starts at the same instant all succeed, each with a label and a folder of its own, and the ledgers agree", async () => {
  await using host = await openCliHost({ reply: () => ({ text: "ok", usage: USAGE }) })
  // Nobody leaves before all are there: a label is free again once its run is over.
  const agent = "await ask(); await ask(); console.log('asked'); for await (const line of console) break;"
  await host.write("bottles/dev.md", scriptBottle(agent))
  await host.write("agents/impl.md", agentIn("dev"))
  const programs = Array.from({ length: STARTS }, () => host.start("start", "impl", "--headless", "--prompt", "x"))
  try {
    await Promise.all(programs.map((program) => program.untilStdout(/asked/)))
    for (const program of programs) program.closeStdin()
    const ends = await Promise.all(programs.map(({ result }) => result))
    expect(ends.map(({ exitCode }) => exitCode)).toEqual(Array.from({ length: STARTS }, () => 0))
  } finally {
    await Promise.all(programs.map((program) => program[Symbol.asyncDispose]()))
  }

  await using ledger = await openLedger(join(host.root, "bot-bottle.db"))
  const runs = await ledger.listRuns({ all: true })
  expect(runs.map(({ label }) => label).sort()).toEqual([
    "impl",
    ...Array.from({ length: STARTS - 1 }, (_, index) => `impl-${index + 2}`),
  ])
  expect(
    readdirSync(join(host.root, "state"))
      .filter((name) => !name.startsWith("."))
      .sort(),
  ).toEqual(runs.map(({ slug }) => slug).sort())
  const [booked] = await ledger.usage({ by: "provider" })
  expect([booked?.requests, booked?.estimatedRequests, host.standIn.bill.length]).toEqual([STARTS * 2, 0, STARTS * 2])
}, 60_000)
