// Security case 32, and the crash target of the ledger. Any part of a run is killed at any moment.
// Then every billed request is in the ledger and charged at least as billed. Nothing runs on, the
// ledger is sound, and the next command ends the run.

import { expect, test } from "bun:test"
import { type Program, waitFor } from "@bot-bottle/testkit"
import { isExpectedEnd, listRunSockets, NOTHING_LEFT, surveyAftermath } from "./aftermath.ts"
import { compareBooks, NO_DISCREPANCIES, readLedger } from "./books.ts"
import { createChance } from "./chance.ts"
import { SOAK_KILLS, SOAK_SEED } from "./env.ts"
import { carryOut, chooseKill, type Kill } from "./kill.ts"
import { listMembers, listProcesses } from "./run-processes.ts"
import { HOST_LIMIT_TOKENS, openSoakHost, type SoakHost } from "./soak-host.ts"
import { listAccepting } from "./sockets.ts"

/** A proxy that outlives its launcher settles what is open before it leaves, for five seconds at most. */
const GONE_MS = 15_000

test(
  `INV-9, INV-46: ${SOAK_KILLS} SIGKILLs at random moments lose no billed request and leave nothing (seed ${SOAK_SEED})`,
  async () => {
    const chance = createChance(SOAK_SEED)
    await using host = await openSoakHost(SOAK_SEED)
    // Works through every kill: the deaths of its neighbours must cost it nothing.
    await using bystander = await host.startRun({ name: "bystander", seed: SOAK_SEED, workers: 1, gate: "reserve" })
    await bystander.untilStdout(/^whole /m)

    const endsMs: number[] = []
    for (let number = 1; number <= SOAK_KILLS; number++) endsMs.push(await strike(host, chooseKill(chance, number)))

    bystander.kill("SIGTERM")
    expect((await bystander.result).exitCode).toBe(143)
    const { rows, standing } = await readTotals(host)
    // Once more for all, since the provider may have read a dead proxy's last request late.
    const bill = { lines: host.standIn.bill, provider: host.provider, isCrash: () => false }
    expect(compareBooks(bill, rows)).toEqual(NO_DISCREPANCIES)
    const charged = rows.reduce((sum, row) => sum + row.chargedTokens, 0)
    expect(standing).toMatchObject({ usedTokens: charged, reservedTokens: 0 })
    expect((await host.run("audit", "--verify")).exitCode).toBe(0)

    const estimated = rows.filter(({ estimatedRequests }) => estimatedRequests > 0).length
    process.stdout.write(
      `soak: seed ${SOAK_SEED}, ${SOAK_KILLS} kills, ${host.standIn.bill.length} requests billed, ${rows.length} recorded, ` +
        `${estimated} of them estimated; all gone after ${Math.max(...endsMs)} ms at most\n`,
    )
  },
  60_000 + SOAK_KILLS * 10_000,
)

/** One run, its death, and a look at everything that may be left. Says how long its end took. */
async function strike(host: SoakHost, kill: Kill): Promise<number> {
  const name = `run${kill.number}`
  const others = new Set(listProcesses(host.marker).map(({ identity }) => identity))
  const listRun = () => listProcesses(host.marker).filter(({ identity }) => !others.has(identity))
  await using program = await host.startRun({ name, workers: 6, ...kill })

  const seen = await carryOut(kill, program, listRun)
  const bottles = new Set(seen.filter(({ role }) => role === "forwarder").map(({ pidNamespace }) => pidNamespace))
  const killedAtMs = performance.now()
  await waitFor(
    `every process of the run to go: ${JSON.stringify(kill)}`,
    () => [...listRun(), ...listMembers(bottles)].length === 0,
    { deadlineMs: GONE_MS, describe: () => describeLeft(program, listRun()) },
  )
  const tookMs = Math.round(performance.now() - killedAtMs)

  const { exitCode, stderr } = await program.result
  const { end, ...left } = await surveyAftermath(host, name, kill)
  const told = { exitCode, stderr, end }
  expect({ kill, ...told, ...left }).toEqual({ kill, ...told, ...NOTHING_LEFT })
  expect({ kill, ...told, asExpected: isExpectedEnd(kill, end) && isExpectedExit(kill, exitCode, stderr) }).toEqual({
    kill,
    ...told,
    asExpected: true,
  })
  return tookMs
}

function isExpectedExit({ victims, during }: Kill, exitCode: number, stderr: string): boolean {
  if (victims.includes("launcher")) return exitCode === 137
  if (stderr.includes("bug in bot-bottle")) return false
  if (during === "start") return exitCode !== 0 && /^bot-bottle: (error|session ended)/m.test(stderr)
  return exitCode === (victims.includes("proxy") ? 1 : 137) && stderr.includes(`session ended (exit ${exitCode})`)
}

function describeLeft(program: Program, left: readonly object[]): string {
  return `${JSON.stringify(left)}\n${program.stderr}`
}

async function readTotals({ ledgerPath }: SoakHost) {
  const host = { scope: { kind: "host", key: "" }, provider: "claude", limitTokens: HOST_LIMIT_TOKENS } as const
  return readLedger(ledgerPath, async (ledger) => ({
    rows: await ledger.usage({ by: "model" }),
    standing: (await ledger.measureLimits([{ ...host, window: "total", source: "settings" }]))[0],
  }))
}

test("the soak's own eyes: a run at work is seen in all its parts, its sockets accept, its ledger is read", async () => {
  await using host = await openSoakHost(1)
  await using program = await host.startRun({ name: "seen", seed: 1, workers: 2, gate: "reserve" })
  await program.untilStdout(/^whole /m)
  const found = listProcesses(host.marker)
  expect([...new Set(found.map(({ role }) => role))].sort()).toEqual([
    "agent",
    "bubblewrap",
    "forwarder",
    "launcher",
    "proxy",
  ])
  const bottle = found.find(({ role }) => role === "agent")!.pidNamespace
  expect(
    listMembers(new Set([bottle]))
      .map(({ role }) => role)
      .sort(),
  ).toEqual(["agent", "bubblewrap", "forwarder"])
  const accepting = await listAccepting(listRunSockets(host, "seen"))
  expect(accepting.map((path) => path.split("/").slice(-2).join("/"))).toContain("share/egress.sock")
})
