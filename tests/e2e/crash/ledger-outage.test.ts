// Security case 31: the ledger is locked, its disk is full, its file is damaged. Metered
// requests get 503 and nothing else does, the operator is told in clear words, and when it is
// over work continues with nothing lost.

import { expect, test } from "bun:test"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { processesEnded } from "@bot-bottle/kernel"
import { damageFile, holdWriteLock, listDamage } from "@bot-bottle/ledger/testing"
import type { Program, ProgramResult } from "@bot-bottle/testkit"
import { compareBooks, NO_DISCREPANCIES, readLedger } from "./books.ts"
import { LOCK_MS, SOAK_SEED } from "./env.ts"
import { canMount, fillDisk, moveToSmallDisk } from "./small-disk.ts"
import { openSoakHost, type SoakHost } from "./soak-host.ts"

const LATE = ["start", "soak", "--headless", "--prompt", "x", "--label", "late"] as const

test(
  `a ledger locked for ${LOCK_MS} ms: 503 in time, reading continues, nothing is lost`,
  async () => {
    await using host = await openSoakHost(SOAK_SEED)
    await using program = await startWorking(host)
    const release = holdWriteLock(host.ledgerPath)
    const listed = await host.run("list", "--json")
    expect([listed.exitCode, JSON.parse(listed.stdout).length]).toEqual([0, 1])
    await Bun.sleep(LOCK_MS)
    const refused = program.stdout.match(/^status-503 /gm)?.length ?? 0
    release()

    await expectRecovery(host, program)
    expect(refused).toBeGreaterThan(0)
    expect(outageLines(program)[0]).toContain(`Ledger ${host.ledgerPath} stays locked by process ${process.pid}, `)
  },
  LOCK_MS + 60_000,
)

test.skipIf(!canMount())(
  "a full disk: 503, and once there is room again work continues with nothing lost",
  async () => {
    await using host = await openSoakHost(SOAK_SEED)
    await using _disk = await moveToSmallDisk(host.root, "8m")
    await using program = await startWorking(host)
    const ballast = join(host.root, "ballast")
    fillDisk(ballast)
    await program.untilStdout(/^status-503 /m)
    const others = [
      await host.run("usage", "--json"),
      await host.run("list", "--all"),
      await host.run("budget", "set", "host", "claude", "5"),
      await host.run("doctor"),
    ]
    expect(others.filter(isCalledABug)).toEqual([])
    rmSync(ballast)

    await expectRecovery(host, program)
    expect(outageLines(program)[0]).toEndWith(
      `The disk is full, so nothing can be written to the ledger ${host.ledgerPath}`,
    )
  },
  60_000,
)

test.skipIf(!canMount())(
  "a full disk: the runs are still listed, and kill ends one and notes it",
  async () => {
    await using host = await openSoakHost(SOAK_SEED)
    await using _disk = await moveToSmallDisk(host.root, "8m")
    await using program = await startWorking(host)
    const [{ slug }] = JSON.parse((await host.run("list", "--json")).stdout)
    fillDisk(join(host.root, "ballast"))
    await program.untilStdout(/^status-503 /m)
    for (const argv of [["list"], ["usage"], ["usage", "--json"]] as const) {
      const read = await host.run(...argv)
      expect([argv, read.exitCode, read.stdout.includes(slug)]).toEqual([argv, 0, true])
    }
    const killed = await host.run("kill", slug)
    expect([killed.exitCode, killed.stdout, killed.stderr.includes("error")]).toEqual([0, `${slug}: killed\n`, false])
    await program.result
    const [listed] = JSON.parse((await host.run("list", "--all", "--json")).stdout)
    expect([listed.slug, listed.status]).toEqual([slug, "killed"])
  },
  60_000,
)

test.skipIf(!canMount()).each([
  ["of bytes", "8m", (root: string) => fillDisk(join(root, "ballast"))],
  ["of files", "64m,nr_inodes=400", (root: string) => useUpFiles(root)],
] as const)(
  "a disk full %s, and nobody has the ledger open: what only reads works and says so, and kill makes room",
  async (_what, size, fill) => {
    await using host = await openSoakHost(SOAK_SEED)
    const slug = await leaveDeadRun(host)
    await using _disk = await moveToSmallDisk(host.root, size)
    fill(host.root)
    for (const argv of [
      ["list", "--all", "--json"],
      ["usage", "--by", "run", "--json"],
      ["logs", slug],
    ] as const) {
      const { exitCode, stdout, stderr } = await host.run(...argv)
      expect([argv, exitCode, stdout.includes(argv[0] === "logs" ? "whole " : slug)]).toEqual([argv, 0, true])
      expect(stderr).toStartWith(
        `bot-bottle: warning: The disk is full, so nothing can be written to the ledger ${host.ledgerPath}: `,
      )
    }
    for (const argv of [["audit"], ["budget", "list"]] as const) {
      expect([argv, (await host.run(...argv)).exitCode]).toEqual([argv, 0])
    }
    expect(await host.run("kill", slug, "--delete", "--yes")).toMatchObject({
      exitCode: 0,
      stdout: `${slug}: killed and deleted\n`,
    })
    const { stdout, stderr } = await host.run("list", "--all", "--json")
    expect([JSON.parse(stdout)[0].status, stderr]).toEqual(["killed", ""])
  },
  60_000,
)

test.skipIf(!canMount())("a start on a disk that is full is refused in words", async () => {
  await using host = await openSoakHost(SOAK_SEED)
  await using _disk = await moveToSmallDisk(host.root, "8m")
  expect((await host.run("list")).exitCode).toBe(0)
  fillDisk(join(host.root, "ballast"))
  const refused = await host.run(...LATE)
  expect([refused.exitCode, refused.stdout]).toEqual([1, ""])
  expect(refused.stderr).toStartWith(
    `bot-bottle: error: The disk is full, so nothing can be written to the ledger ${host.ledgerPath}\n`,
  )
})

// With another run at work the ledger opens; what is written next is not the ledger's.
test.skipIf(!canMount())(
  "a start on a disk that is full, beside another run, is refused in words",
  async () => {
    await using host = await openSoakHost(SOAK_SEED)
    await using _disk = await moveToSmallDisk(host.root, "8m")
    await using _program = await startWorking(host)
    fillDisk(join(host.root, "ballast"))
    const refused = await host.run(...LATE)
    expect([refused.exitCode, refused.stdout, isCalledABug(refused)]).toEqual([1, "", false])
    expect(refused.stderr).toMatch(/^bot-bottle: error: the disk of .* left.*\nbot-bottle: hint: make room/m)
  },
  60_000,
)

test("a ledger damaged under a running proxy: 503, and nothing starts on it", async () => {
  await using host = await openSoakHost(SOAK_SEED)
  await using program = await startWorking(host)
  damageFile(host.ledgerPath)
  await program.untilStdout(/^status-503 /m)
  // Requests that were reserved before the damage are still answered and billed; then none is.
  let billed: number
  do {
    billed = host.standIn.bill.length
    await untilMore(program, "status-503 ")
  } while (host.standIn.bill.length !== billed)
  for (let more = 0; more < 3; more += 1) await untilMore(program, "status-503 ")
  expect(host.standIn.bill.length).toBe(billed)

  const late = await host.run(...LATE)
  expect([late.exitCode, late.stdout, isCalledABug(late)]).toEqual([1, "", false])
  expect(late.stderr).toMatch(
    /^bot-bottle: error: Ledger \S+ is damaged or is not a ledger\nbot-bottle: hint: .*recover/m,
  )
  program.kill("SIGTERM")
  expect(isCalledABug(await program.result)).toBe(false)
}, 60_000)

test("one outage is one line on the operator's screen", async () => {
  await using host = await openSoakHost(SOAK_SEED)
  await using program = await startWorking(host)
  damageFile(host.ledgerPath)
  await program.untilStdout(/^status-503 /m)
  await untilMore(program, "status-503 ")
  program.kill("SIGTERM")
  await program.result
  expect(outageLines(program).length).toBe(1)
}, 60_000)

test.each([
  ["is somebody's notes", () => "this is not a ledger at all\n".repeat(400)],
  ["ends in its middle", (whole: Uint8Array) => whole.slice(0, 5000)],
] as const)("a file that %s: start refuses, names it and a way out, and asks no provider", async (_what, replace) => {
  await using host = await openSoakHost(SOAK_SEED)
  expect((await host.run("list")).exitCode).toBe(0)
  await Bun.write(host.ledgerPath, replace(await Bun.file(host.ledgerPath).bytes()))
  const refused = await host.run(...LATE)
  expect([refused.exitCode, refused.stdout]).toEqual([1, ""])
  expect(refused.stderr).toContain(host.ledgerPath)
  expect(refused.stderr).toMatch(/^bot-bottle: hint: .*recover/m)
  expect(host.standIn.received).toEqual([])
})

async function startWorking(host: SoakHost): Promise<Program> {
  const program = await host.startRun({ name: "outage", seed: SOAK_SEED, workers: 3, gate: "reserve" })
  await program.untilStdout(/^whole /m)
  return program
}

/** Its launcher was killed: the ledger's log is left, and its end is not recorded. */
async function leaveDeadRun(host: SoakHost): Promise<string> {
  const program = await startWorking(host)
  const [{ slug }] = JSON.parse((await host.run("list", "--json")).stdout)
  const [run] = await readLedger(host.ledgerPath, (ledger) => ledger.listRuns({ all: true }))
  program.kill("SIGKILL")
  await program.result
  await processesEnded(run?.proxy === undefined ? [] : [run.proxy])
  rmSync(`${host.ledgerPath}-shm`, { force: true })
  return slug
}

function useUpFiles(root: string): void {
  mkdirSync(join(root, "many"))
  try {
    for (let number = 0; ; number++) writeFileSync(join(root, "many", `${number}`), "")
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error
  }
}

/** Requests pass again, and once the run is over the ledger holds all of it. */
async function expectRecovery(host: SoakHost, program: Program): Promise<void> {
  await untilMore(program, "whole ")
  program.kill("SIGTERM")
  expect((await program.result).exitCode).toBe(143)
  const bill = { lines: host.standIn.bill, provider: host.provider, isCrash: () => false }
  const rows = await readLedger(host.ledgerPath, (ledger) => ledger.usage({ by: "model" }))
  expect({ ...compareBooks(bill, rows), damage: listDamage(host.ledgerPath) }).toEqual({
    ...NO_DISCREPANCIES,
    damage: [],
  })
}

/** Until the agent says another line that begins so. */
async function untilMore(program: Program, word: string): Promise<void> {
  const said = program.stdout.split(`\n${word}`).length
  await program.untilStdout(new RegExp(`(?:\\n${word}[^]*?){${said}}`))
}

/** The launcher's messages about the ledger. */
function outageLines(program: Program): readonly string[] {
  return program.stderr
    .split("\n")
    .filter((line) => line.startsWith("bot-bottle: warning: the proxy cannot write the ledger"))
}

function isCalledABug({ stderr }: ProgramResult): boolean {
  return stderr.includes("bug in bot-bottle")
}
