// `freeze`, by an operator: whoever is dead, hangs or will not leave, the run is stopped whole
// and everything it had is kept.

import { Database } from "bun:sqlite"
import { describe, expect, test } from "bun:test"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { ProcessIdentity } from "@bot-bottle/contracts"
import { identifyProcess, isProcessAlive, killProcess } from "@bot-bottle/kernel"
import { waitFor } from "@bot-bottle/testkit"
import { scriptBottle } from "../cli/cli-host.ts"
import { DILIGENT, openLifecycleHost, STUBBORN } from "./lifecycle-host.ts"

const STEPS = ["freeze by operator: done", "cutoff by operator: done"]

/** Asks without a pause, and so has its proxy write all the time. */
const BUSY = `console.log("first", (await ask()).status); for (;;) await ask().catch(() => Bun.sleep(10))`

test("freeze: the agent notes its last line, nothing runs, everything is kept, and both ends say how to continue", async () => {
  await using host = await openLifecycleHost(DILIGENT)
  await using program = await host.launch("one", "--cwd")
  const parts = await host.loadParts()
  const { slug } = await host.loadRun()

  const frozen = await host.run("freeze", slug)
  expect([frozen.exitCode, frozen.stdout]).toEqual([0, `${slug}: frozen; to continue: bot-bottle resume ${slug}\n`])
  expect(frozen.stderr).toContain(`stopping ${slug}`)
  const launcher = await program.result
  expect(launcher.exitCode).toBe(1)
  expect(launcher.stderr).toContain("bot-bottle: frozen by the operator\nbot-bottle: session ended (exit 1)\n")
  expect(launcher.stderr).toContain(`to continue: bot-bottle resume ${slug}`)

  expect(parts.filter(isProcessAlive)).toEqual([])
  expect(readFileSync(host.stateFolder(slug, "home/notes"), "utf8")).toBe("home:one\ntold to leave\n")
  expect(readFileSync(host.stateFolder(slug, "workspace/notes"), "utf8")).toBe("work:one\n")
  expect(JSON.parse(readFileSync(host.stateFolder(slug, "metadata.json"), "utf8")).frozen_at).toBeString()
  const [listed] = JSON.parse((await host.run("list", "--json")).stdout)
  expect([listed.status, listed.ended_at, listed.exit_code]).toEqual(["frozen", null, null])
  expect((await host.run("list")).stdout).toContain("frozen (operator)")
  expect(await host.listSteps()).toEqual(STEPS)
  const audit = JSON.parse((await host.run("audit", "--json")).stdout)
  expect(audit.map(({ kind }: { kind: string }) => kind)).toEqual([
    "freeze-requested",
    "cutoff-requested",
    "cutoff-done",
    "freeze-done",
  ])
  expect((await host.run("audit", "--verify")).exitCode).toBe(0)
})

test("INV-46: freeze of a run that ignores every signal and has children that do, too", async () => {
  await using host = await openLifecycleHost(STUBBORN)
  await using program = await host.launch("one")
  const parts = await host.loadParts()
  const { slug } = await host.loadRun()
  // By its other name.
  expect((await host.run("commit", slug)).exitCode).toBe(0)
  expect((await program.result).exitCode).toBe(1)
  expect(parts.filter(isProcessAlive)).toEqual([])
})

test("freeze during an open stream: it ends properly, the upstream is hung up on, what it cost is booked", async () => {
  const never = Promise.withResolvers<void>()
  await using host = await openLifecycleHost(
    `const response = await ask({ stream: true }); let text = "";
     for await (const chunk of response.body) { text += new TextDecoder().decode(chunk); if (/delta/.test(text)) console.log("first") }
     await Bun.write(process.env.HOME + "/said", text); console.log("over"); setInterval(() => {}, 1000)`,
    {
      reply: () => ({
        text: "one two three four five six seven eight",
        usage: { inputTokens: 10, outputTokens: 20, cacheReadTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 },
        beforeEvent: (index) => (index < 4 ? undefined : never.promise),
      }),
    },
  )
  await using program = await host.launch("one")
  const { slug } = await host.loadRun()
  expect((await host.run("freeze", slug)).exitCode).toBe(0)
  await program.result
  never.resolve()

  expect(readFileSync(host.stateFolder(slug, "home/said"), "utf8")).toMatch(
    /event: error\ndata: .*billing_error.*cut off/,
  )
  const { totals } = JSON.parse((await host.run("usage", "--json")).stdout)
  expect([totals.requests, totals.input_tokens, totals.estimated_requests]).toEqual([1, 10, 1])
  await waitFor("the upstream to be hung up on", () => host.standIn.abandoned === 1)
})

describe("INV-48", () => {
  test("freeze works when the launcher is dead and the proxy hangs", async () => {
    await using host = await openLifecycleHost(STUBBORN)
    await using program = await host.launch("one")
    const parts = await host.loadParts()
    const { slug, proxy } = await host.loadRun()
    await stopBetweenWrites(host.root, proxy!)
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
      await stopInsideWrite(host.root, proxy!)

      const startedAtMs = performance.now()
      expect(await host.run(command, slug)).toMatchObject({ exitCode: 0 })
      // The ledger alone would be waited for longer.
      expect(performance.now() - startedAtMs).toBeLessThan(10_000)
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
    await stopInsideWrite(host.root, proxy!)
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

describe("INV-48", () => {
  test("a kill that comes while a run is being frozen wins, and both steps say so", async () => {
    await using host = await openLifecycleHost(STUBBORN)
    await using program = await host.launch("one")
    const { slug } = await host.loadRun()
    const [frozen, killed] = await Promise.all([host.run("freeze", slug), killOnceFreezing()])
    expect([killed.exitCode, frozen.exitCode]).toEqual([0, 1])
    expect(frozen.stderr).toContain(`error: ${slug} was not frozen: the run was killed`)
    expect((await program.result).exitCode).toBe(137)
    expect((await host.loadRun()).status).toBe("killed")
    expect(existsSync(host.stateFolder(slug, "home"))).toBe(true)

    async function killOnceFreezing() {
      await waitFor("the freeze to be on record", async () => (await host.ledger.listEnforcement(slug)).length > 0)
      return host.run("kill", slug)
    }
  })

  test("a freeze that comes when the agent has ended by itself changes nothing, and says so", async () => {
    await using host = await openLifecycleHost("console.log('first'); process.exit(4)")
    expect((await host.run("start", "impl", "--headless", "--prompt", "x")).exitCode).toBe(4)
    const { slug } = await host.loadRun()
    await host.ledger.beginEnforcement({ slug, kind: "freeze", trigger: "operator", actor: "somebody" })
    await host.run("list")
    expect(await host.listSteps()).toEqual(["freeze by operator: failed (the run had ended)"])
    expect(await host.loadRun()).toMatchObject({ status: "ended", exitCode: 4 })
  })
})

test("kill: ends a fork bomb that has filled its limit, while another run works on", async () => {
  await using host = await openLifecycleHost(DILIGENT)
  await using neighbour = await host.launch("neighbour")
  const bomb = `for (const s of ["SIGTERM", "SIGINT"]) process.on(s, () => {});
    console.log("first"); Bun.spawn(["/usr/bin/perl", "-e", "$SIG{TERM}='IGNORE'; while (1) { defined(fork) or select(undef, undef, undef, 0.002) }"]);
    setInterval(() => {}, 1000)`
  await host.write("bottles/dev.md", scriptBottle(bomb, "limits: { pids: 64 }\n"))
  await using program = await host.launch("bomb")
  const { slug } = await host.loadRun()
  const parts = await host.loadParts()

  expect((await host.run("kill", slug)).stdout).toBe(`${slug}: killed\n`)
  expect((await program.result).exitCode).toBe(137)
  expect(parts.filter(isProcessAlive)).toEqual([])
  neighbour.write("more\n")
  await neighbour.untilStdout(/more 200/)
  neighbour.closeStdin()
  expect((await neighbour.result).exitCode).toBe(0)
})

test("kill: a frozen run's files stay until they are deleted, its metadata longer; freeze and kill say what they will not do", async () => {
  await using host = await openLifecycleHost(DILIGENT)
  await using program = await host.launch("one")
  const { slug } = await host.loadRun()
  await host.run("freeze", slug)
  await program.result
  const again = await host.run("freeze", slug)
  expect([again.exitCode, again.stderr]).toEqual([
    1,
    `bot-bottle: error: run '${slug}' is not running: its status is frozen\nbot-bottle: hint: to resume it: bot-bottle resume ${slug}\n`,
  ])
  expect((await host.run("kill", slug)).stdout).toBe(`${slug}: killed\n`)
  const kept = () => ["home", "workspace", "metadata.json"].map((name) => existsSync(host.stateFolder(slug, name)))
  expect(kept()).toEqual([true, true, true])
  expect((await host.run("kill", slug, "--delete", "--yes")).exitCode).toBe(0)
  expect(kept()).toEqual([false, false, true])
  for (const command of ["freeze", "kill", "cutoff"]) expect((await host.run(command, slug)).exitCode).toBe(1)
  expect((await host.run("freeze", "nobody")).stderr).toContain("unknown run 'nobody'")
})

/** A proxy stopped inside a transaction keeps the ledger locked, which is a test of its own. */
async function stopBetweenWrites(root: string, proxy: ProcessIdentity): Promise<void> {
  using db = new Database(join(root, "bot-bottle.db"))
  await waitFor("the proxy to be stopped between two writes", () => {
    killProcess(proxy, "SIGSTOP")
    try {
      db.run("BEGIN IMMEDIATE")
      db.run("ROLLBACK")
      return true
    } catch {
      killProcess(proxy, "SIGCONT")
      return false
    }
  })
}

/** Of a run that asks all the time. */
async function stopInsideWrite(root: string, proxy: ProcessIdentity): Promise<void> {
  using db = new Database(join(root, "bot-bottle.db"))
  await waitFor("the proxy to be stopped inside a write", () => {
    killProcess(proxy, "SIGSTOP")
    try {
      db.run("BEGIN IMMEDIATE")
      db.run("ROLLBACK")
      killProcess(proxy, "SIGCONT")
      return false
    } catch {
      return true
    }
  })
}

/** Holds the ledger's write lock from `begin` on, as a proxy that was stopped inside a transaction. */
function openWriter(root: string) {
  const script = `
    const { Database } = await import("bun:sqlite");
    const db = new Database(process.argv[1]);
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
