// Every way a run can end: what its caller sees, what the ledger says, and that nothing of it
// is left, neither process nor mount nor socket.

import { describe, expect, test } from "bun:test"
import { chmodSync, existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import type { ProcessIdentity } from "@bot-bottle/contracts"
import { isProcessAlive, killProcess } from "@bot-bottle/kernel"
import { openLedger } from "@bot-bottle/ledger"
import { type Program, startProgram, waitFor, within } from "@bot-bottle/testkit"
import { agentIn, CLI, type CliHost, openCliHost, scriptBottle } from "./cli-host.ts"

const STUBBORN =
  "for (const s of ['SIGINT','SIGTERM','SIGHUP']) process.on(s, () => {}); await (await ask()).text(); console.log('working'); setInterval(() => {}, 1000)"

const START = ["start", "impl", "--headless", "--prompt", "x"]
/** As an orchestrator begins a launch: it has looked at the forge already. */
const LAUNCHED = {
  ...{ FORGE_LAUNCH_ID: "l1", FORGE_GITEA_API: "http://127.0.0.1:9/api/v1", FORGE_TOKEN: "t" },
  ...{ FORGE_OWNER: "acme", FORGE_REPO: "widgets", FORGE_ISSUE_NUMBER: "1" },
}

describe.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)("%s to the launcher", (signal, exitCode) => {
  test(`INV-46: ends a stubborn agent, exits ${exitCode} and leaves nothing`, async () => {
    await using host = await openHost()
    await using program = await startWorking(host)
    const parts = await partsOf(host)

    program.kill(signal)
    const result = await program.result
    expect(result.exitCode).toBe(exitCode)
    expect(result.stderr).toContain(`session ended (exit ${exitCode})`)
    expect(parts.filter(isProcessAlive)).toEqual([])
    await expectNothingLeft(host)
    expect(await listed(host)).toEqual({ status: "ended", exit_code: exitCode })
  })
})

describe("a stop before the run begins ends the wait, and no run is recorded", () => {
  test.each([["start"], ["orchestrate"]])("%s: for a shared ledger that does not answer", async (verb) => {
    const waits = Promise.withResolvers<void>()
    using silent = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => waits.resolve() } })
    await using host = await openHost()
    const env = { ...host.env, ...LAUNCHED, BOT_BOTTLE_LEDGER: `postgres://ada@127.0.0.1:${silent.port}/fleet` }
    const argv = verb === "start" ? START : ["orchestrate", "start", "--agent", "impl", "--prompt", "x"]
    await using program = startProgram([...CLI, ...argv], { cwd: host.cwd, env })
    // At once: after three seconds it continues without the shared ledger.
    await within("a connection to the shared ledger", waits.promise, { describe: () => program.stderr })
    program.kill("SIGTERM")
    expect([(await program.result).exitCode, await runsOf(host)]).toEqual([143, []])
  })

  test("for a toolchain that is being installed", async () => {
    await using host = await openCliHost()
    await host.write("bottles/dev.md", "---\nagent_provider: { template: claude }\n---\n")
    await host.write("agents/impl.md", agentIn("dev"))
    await host.write("bin/npm", '#!/bin/sh\necho $$ > "$0.pid"\nexec sleep 600\n')
    const npm = join(host.root, "bin/npm")
    chmodSync(npm, 0o700)
    const env = { ...host.env, PATH: `${dirname(npm)}:${process.env["PATH"]}` }
    await using program = startProgram([...CLI, ...START], { cwd: host.cwd, env })
    await waitFor("the installer", () => existsSync(`${npm}.pid`) && readFileSync(`${npm}.pid`, "utf8") !== "")
    program.kill("SIGTERM")
    const { exitCode } = await program.result
    process.kill(Number(readFileSync(`${npm}.pid`, "utf8")))
    expect([exitCode, await runsOf(host)]).toEqual([143, []])
  })
})

describe("SIGKILL", () => {
  test("INV-46: of the launcher leaves no agent, proxy, mount or socket, and the run shows as crashed", async () => {
    await using host = await openHost()
    await using program = await startWorking(host)
    const parts = await partsOf(host)

    program.kill("SIGKILL")
    await waitFor("every process of the run to go", () => parts.filter(isProcessAlive).length === 0)
    // The kernel ends what was in the bottle after the bottle's own process, in its own time.
    await waitFor("nothing of it to be left", async () => Bun.deepEquals(await findLeft(host), NOTHING))
    expect(await listed(host)).toEqual({ status: "ended", exit_code: null })
    expect((await host.run("list", "--all")).stdout).toContain("ended (crashed)")
  })

  test("INV-46: of the proxy ends the bottle, says why, and exits 1", async () => {
    await using host = await openHost()
    await using program = await startWorking(host)
    const parts = await partsOf(host)
    const { proxy } = await runOf(host)
    if (proxy !== undefined) killProcess(proxy)

    const result = await program.result
    expect(result.exitCode).toBe(1)
    expect(result.stderr).toContain("error: the proxy ended (signal 9), so egress is closed and the bottle was ended")
    expect(parts.filter(isProcessAlive)).toEqual([])
    expect(await listed(host)).toEqual({ status: "ended", exit_code: 1 })
  })

  test("of the agent is the run's own end: exit 137", async () => {
    await using host = await openHost(
      "await (await ask()).text(); console.log('working'); process.kill(process.pid, 'SIGKILL')",
    )
    const result = await host.run("start", "impl", "--headless", "--prompt", "x")
    expect(result.exitCode).toBe(137)
    expect(await listed(host)).toEqual({ status: "ended", exit_code: 137 })
  })
})

test("kill: ends a stubborn run, keeps its files, and the launcher says so", async () => {
  await using host = await openHost()
  await using program = await startWorking(host)
  const parts = await partsOf(host)
  const { slug } = await runOf(host)

  expect(await host.run("kill", slug)).toEqual({
    exitCode: 0,
    stdout: `${slug}: killed\n`,
    stderr: expect.stringContaining("Its files stay until"),
  })
  const result = await program.result
  expect([result.exitCode, result.stderr.includes("killed by the operator")]).toEqual([137, true])
  expect(parts.filter(isProcessAlive)).toEqual([])
  expect(await listed(host)).toEqual({ status: "killed", exit_code: 137 })
  const state = join(host.root, "state", slug)
  expect([
    existsSync(join(state, "metadata.json")),
    existsSync(join(state, "home")),
    existsSync(join(state, "egress")),
  ]).toEqual([true, true, true])

  const again = await host.run("kill", slug)
  expect([again.exitCode, again.stderr]).toEqual([
    1,
    `bot-bottle: error: run '${slug}' is killed already\nbot-bottle: hint: see 'bot-bottle list --all'\n`,
  ])
  const audited = JSON.parse((await host.run("audit", "--json")).stdout).map(({ kind }: { kind: string }) => kind)
  expect(audited).toEqual(["kill-requested", "cutoff-requested", "cutoff-done", "kill-done"])
})

test("kill: works when the launcher is dead and the proxy hangs", async () => {
  await using host = await openHost()
  await using program = await startWorking(host)
  const parts = await partsOf(host)
  const { slug, proxy } = await runOf(host)
  killProcess(proxy!, "SIGSTOP")
  program.kill("SIGKILL")
  await program.result.catch(() => {})

  expect((await host.run("kill", slug)).stdout).toBe(`${slug}: killed\n`)
  expect(parts.filter(isProcessAlive)).toEqual([])
  expect(await listed(host)).toEqual({ status: "killed", exit_code: 137 })
})

function openHost(script = STUBBORN): Promise<CliHost> {
  return openCliHost().then(async (host) => {
    await host.write("bottles/dev.md", scriptBottle(script))
    await host.write("agents/impl.md", agentIn("dev"))
    return host
  })
}

async function startWorking(host: CliHost): Promise<Program> {
  const program = host.start("start", "impl", "--headless", "--prompt", "x")
  await program.untilStdout(/working/)
  return program
}

async function runOf(host: CliHost) {
  const [run] = await runsOf(host)
  return run!
}

async function runsOf(host: CliHost) {
  await using ledger = await openLedger(join(host.root, "bot-bottle.db"))
  return await ledger.listRuns({ all: true })
}

/** Every process whose end a run's end must be: launcher, proxy, bottle. */
async function partsOf(host: CliHost): Promise<readonly ProcessIdentity[]> {
  const { slug, launcher, proxy } = await runOf(host)
  const { bottle } = JSON.parse(readFileSync(join(host.root, "state", slug, "launch.json"), "utf8"))
  const parts = [launcher, proxy!, bottle]
  expect(parts.filter(isProcessAlive)).toEqual(parts)
  return parts
}

type Left = Readonly<Record<"named" | "mounts" | "sockets", readonly string[]>>

const NOTHING: Left = { named: [], mounts: [], sockets: [] }

async function expectNothingLeft(host: CliHost): Promise<void> {
  expect(await findLeft(host)).toEqual(NOTHING)
}

async function findLeft(host: CliHost): Promise<Left> {
  const { slug } = await runOf(host)
  const state = join(host.root, "state", slug)
  const named = readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(slug)
    } catch {
      // It ended meanwhile.
      return false
    }
  })
  const mounts = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .filter((line) => line.includes(slug))
  const sockets = [join(state, "share/egress.sock"), join(state, "egress/control.sock")].filter((path) =>
    existsSync(path),
  )
  return { named, mounts, sockets }
}

async function listed(host: CliHost) {
  const [{ status, exit_code }] = JSON.parse((await host.run("list", "--all", "--json")).stdout)
  return { status, exit_code }
}
