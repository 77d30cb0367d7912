// The ledger after the death of the launcher alone. Its proxy lives for a moment longer and settles
// what is open; the agent's streams break at the same time.

import { expect, test } from "bun:test"
import { waitFor } from "@bot-bottle/testkit"
import { compareBooks, NO_DISCREPANCIES, readLedger } from "./books.ts"
import { listProcesses } from "./run-processes.ts"
import { openSoakHost } from "./soak-host.ts"

// A crash may make us too careful, never too generous.
test("INV-9: streams that break because the launcher was killed are charged at least as billed", async () => {
  await using host = await openSoakHost(7)
  for (const name of ["first", "second", "third"]) {
    await using program = await host.startRun({ name, seed: 7, workers: 6, gate: "reserve" })
    await program.untilStdout(/^whole /m)
    program.kill("SIGKILL")
    await waitFor("the run to go", () => listProcesses(host.marker).length === 0, { deadlineMs: 10_000 })
    expect((await host.run("list")).exitCode).toBe(0)
  }
  const bill = { lines: host.standIn.bill, provider: host.provider, isCrash: () => true }
  const rows = await readLedger(host.ledgerPath, (ledger) => ledger.usage({ by: "model" }))
  expect(compareBooks(bill, rows)).toEqual(NO_DISCREPANCIES)
})
