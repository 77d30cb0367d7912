// A freeze or a kill whose launcher or proxy dies before it is done.

import { describe, expect, test } from "bun:test"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { ProcessIdentity } from "@bot-bottle/contracts"
import { identifyProcess, isProcessAlive, killProcess, pidOf } from "@bot-bottle/kernel"
import { waitFor } from "@bot-bottle/testkit"
import { BUSY, STEPS } from "./busy-agent.ts"
import { DILIGENT, openLifecycleHost, STUBBORN } from "./lifecycle-host.ts"

describe("INV-48", () => {
  test("freeze works when the launcher is dead and the proxy hangs", async () => {
    await using host = await openLifecycleHost(STUBBORN)
    await using program = await host.launch("one")
    const parts = await host.loadParts()
    const { slug, proxy } = await host.loadRun()
    await stopProxy(proxy!, { isWriting: false })
    program.kill("SIGKILL")
    await program.result.catch(() => {})

    expect((await host.run("freeze", slug)).exitCode).toBe(0)
    expect(parts.filter(isProcessAlive)).toEqual([])
    expect((await host.loadRun()).status).toBe("frozen")
    expect(await host.listSteps()).toEqual(STEPS)
  })

  test("a dead launcher, and a proxy that hangs in the middle of a write: the next command ends the run", async () => {
    await using host = await openLifecycleHost(STUBBORN)
    await using program = await host.launch("one")
    const { slug, proxy } = await host.loadRun()
    await using writer = openWriter(host.root)
    await host.ledger.attachProxy(slug, identifyProcess(writer.pid)!)
    program.kill("SIGKILL")
    await program.result.catch(() => {})
    await waitFor("the real proxy to go", () => !isProcessAlive(proxy!))
    await writer.begin()

    const frozen = await host.run("freeze", slug)
    expect([frozen.exitCode, frozen.stderr.includes(`bot-bottle resume ${slug}`)]).toEqual([1, true])
    expect(await writer.exited).toBe(137)
    expect((await host.loadRun()).status).toBe("ended")
  }, 60_000)

  test.each([
    // command   the run afterwards
    ["freeze", "frozen"],
    ["cutoff", "ended"],
    ["kill", "killed"],
  ] as const)(
    "%s of a run whose proxy was stopped inside a write, while its launcher lives",
    async (command, status) => {
      await using host = await openLifecycleHost(BUSY)
      await using program = await host.launch("one")
      const parts = await host.loadParts()
      const { slug, proxy } = await host.loadRun()
      await stopProxy(proxy!, { isWriting: true })

      // The ledger alone would be waited for in vain, and the command would fail.
      expect(await host.run(command, slug)).toMatchObject({ exitCode: 0 })
      await program.result
      expect(parts.filter(isProcessAlive)).toEqual([])
      expect((await host.loadRun()).status).toBe(status)
      expect(await host.listSteps()).toContain(`${command} by operator: done`)
    },
    60_000,
  )

  test("restore of a run whose proxy was stopped inside a write says so, and opens nothing", async () => {
    await using host = await openLifecycleHost(BUSY)
    await using _program = await host.launch("one")
    const { slug, proxy } = await host.loadRun()
    await stopProxy(proxy!, { isWriting: true })
    const restored = await host.run("restore", slug)
    expect([restored.exitCode, restored.stderr]).toEqual([
      1,
      expect.stringContaining(`bot-bottle kill ${slug}`) as unknown as string,
    ])
    expect(isProcessAlive(proxy!)).toBe(true)
  }, 60_000)

  test("freeze works when the launcher hangs", async () => {
    await using host = await openLifecycleHost(STUBBORN)
    await using program = await host.launch("one")
    const parts = await host.loadParts()
    const { slug, launcher } = await host.loadRun()
    killProcess(launcher, "SIGSTOP")

    const frozen = await host.run("freeze", slug)
    expect([frozen.exitCode, frozen.stderr.includes(`stopping ${slug} without its launcher`)]).toEqual([0, true])
    expect(parts.filter(isProcessAlive)).toEqual([])
    expect((await host.loadRun()).status).toBe("frozen")
    await program.result
  }, 30_000)

  test.each([
    // asked for   who is then dead   what any command makes of it
    ["freeze", "frozen", true, ["freeze by budget: done"]],
    ["kill", "killed", false, ["kill by budget: done"]],
  ] as const)(
    "a %s that was asked for when all of the run died is finished by the next command",
    async (kind, status, keeps, steps) => {
      await using host = await openLifecycleHost(DILIGENT)
      await using program = await host.launch("one")
      const { slug } = await host.loadRun()
      await host.ledger.beginEnforcement({ slug, kind, trigger: "budget", actor: "bot-bottle" })
      const parts = await host.loadParts()
      program.kill("SIGKILL")
      await waitFor("everything of the run to go", () => parts.filter(isProcessAlive).length === 0)

      expect(JSON.parse((await host.run("list", "--all", "--json")).stdout)[0].status).toBe(status)
      expect(await host.listSteps()).toEqual([...steps])
      expect(existsSync(host.stateFolder(slug, "home"))).toBe(keeps)
      expect((await host.run("list", "--all")).stdout).toContain(`${status} (budget)`)
    },
  )

  test("a freeze whose command died before it told the launcher is done by that, once another command looks", async () => {
    await using host = await openLifecycleHost(DILIGENT)
    await using program = await host.launch("one")
    const { slug } = await host.loadRun()
    await host.ledger.beginEnforcement({ slug, kind: "freeze", trigger: "operator", actor: "somebody" })
    await waitFor("the run to be frozen", async () => {
      await host.run("usage")
      return (await host.loadRun()).status === "frozen"
    })
    expect((await program.result).stderr).toContain("frozen by the operator")
    expect(await host.listSteps()).toEqual(["freeze by operator: done"])
  })

  test("steps of a dead run that only concerned its egress are closed as what they came to", async () => {
    await using host = await openLifecycleHost(DILIGENT)
    await using program = await host.launch("one")
    const { slug } = await host.loadRun()
    for (const kind of ["cutoff", "restore"] as const)
      await host.ledger.beginEnforcement({ slug, kind, trigger: "operator", actor: "somebody" })
    const parts = await host.loadParts()
    program.kill("SIGKILL")
    await waitFor("everything of the run to go", () => parts.filter(isProcessAlive).length === 0)
    await host.run("list")
    expect(await host.listSteps()).toEqual([
      "cutoff by operator: done",
      "restore by operator: failed (the run ended first)",
    ])
  })
})

/**
 * Stops the proxy while it writes to the ledger, or while it does not: stopped inside a transaction it keeps the ledger
 * locked. The kernel tells who holds the lock; that it is held says nothing, since a launcher writes as well.
 */
async function stopProxy(proxy: ProcessIdentity, { isWriting }: { readonly isWriting: boolean }): Promise<void> {
  await waitFor(`the proxy to be stopped ${isWriting ? "inside a write" : "between two writes"}`, async () => {
    killProcess(proxy, "SIGSTOP")
    await waitFor("all of it to stand still", () => isStopped(proxy))
    if (holdsWriteLock(proxy) === isWriting) return true
    killProcess(proxy, "SIGCONT")
    return false
  })
}

function isStopped(process: ProcessIdentity): boolean {
  const tasks = join("/proc", String(pidOf(process)), "task")
  return readdirSync(tasks).every((task) => / T /.test(readFileSync(join(tasks, task, "stat"), "latin1")))
}

/** Of a ledger: SQLite locks byte 120 of its log's index. */
function holdsWriteLock(process: ProcessIdentity): boolean {
  const held = new RegExp(`^\\d+: POSIX +ADVISORY +WRITE +${pidOf(process)} \\S+ 120 120$`, "m")
  return held.test(readFileSync("/proc/locks", "latin1"))
}

/** Holds the ledger's write lock from `begin` on, as a proxy that was stopped inside a transaction. */
function openWriter(root: string) {
  const script = `
    const { Database } = await import("bun:sqlite");
    const db = new Database(process.argv[1]);
    db.run("PRAGMA busy_timeout = 10000");
    for await (const _ of console) { db.run("BEGIN IMMEDIATE"); console.log("held") }
  `
  const child = Bun.spawn([process.execPath, "-e", script, join(root, "bot-bottle.db")], {
    stdin: "pipe",
    stdout: "pipe",
  })
  return {
    pid: child.pid,
    exited: child.exited,
    async begin() {
      child.stdin.write("\n")
      await child.stdin.flush()
      const { value } = await child.stdout.getReader().read()
      if (value === undefined) throw new Error("The writer did not get the lock")
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL")
      await child.exited
    },
  }
}
