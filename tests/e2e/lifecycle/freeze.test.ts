// `freeze`, by an operator: whoever is dead, hangs or will not leave, the run is stopped whole
// and everything it had is kept.

import { describe, expect, test } from "bun:test"
import { existsSync, readFileSync } from "node:fs"
import { isProcessAlive, killProcess } from "@bot-bottle/kernel"
import { waitFor } from "@bot-bottle/testkit"
import { STEPS } from "./busy-agent.ts"
import { DILIGENT, openLifecycleHost, STUBBORN } from "./lifecycle-host.ts"

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

test("freeze during an open stream: it ends properly, the upstream is hung up on, its cost is recorded", async () => {
  const never = Promise.withResolvers<void>()
  await using host = await openLifecycleHost(
    // Asked to leave, it goes once it has written down how its stream ended.
    `const said = Promise.withResolvers(); process.on("SIGTERM", () => said.promise.then(() => process.exit(0)));
     const response = await ask({ stream: true }); let text = "";
     for await (const chunk of response.body) { text += new TextDecoder().decode(chunk); if (/delta/.test(text)) console.log("first") }
     await Bun.write(process.env.HOME + "/said", text); said.resolve(); setInterval(() => {}, 1000)`,
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
  test("a kill that comes while a run is being frozen wins, and both steps say so", async () => {
    await using host = await openLifecycleHost(STUBBORN)
    await using program = await host.launch("one")
    const { slug, launcher } = await host.loadRun()
    // It finds both requests on record when it continues, and has concluded neither.
    killProcess(launcher, "SIGSTOP")
    const freezing = host.run("freeze", slug)
    await untilOnRecord("freeze")
    const killing = host.run("kill", slug)
    await untilOnRecord("kill")
    killProcess(launcher, "SIGCONT")
    const [frozen, killed] = await Promise.all([freezing, killing])
    expect([killed.exitCode, frozen.exitCode]).toEqual([0, 1])
    expect(frozen.stderr).toContain(`error: ${slug} was not frozen: the run was killed`)
    expect((await program.result).exitCode).toBe(137)
    expect((await host.loadRun()).status).toBe("killed")
    expect(existsSync(host.stateFolder(slug, "home"))).toBe(true)

    async function untilOnRecord(step: "freeze" | "kill") {
      await waitFor(`the ${step} to be on record`, async () =>
        (await host.ledger.listEnforcement(slug)).some(({ kind }) => kind === step),
      )
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
