// Runs in the background, joined and left, with nobody's end but their own ending them: what
// must be the same for every backend.

import { expect, test } from "bun:test"
import { readdirSync, readFileSync } from "node:fs"
import { isProcessAlive, pidOf } from "@bot-bottle/kernel"
import { openTerminal, runInTerminal, type Terminal, waitFor } from "@bot-bottle/testkit"
import { CLI, type CliHostOptions } from "../cli/cli-host.ts"
import { type LifecycleHost, openLifecycleHost } from "./lifecycle-host.ts"

/** A full-screen agent: says its size, and each key; q ends it with 5, c with what Ctrl-C would be. */
export const RAW = `
  const { stdin, stdout } = process;
  stdin.setRawMode(true);
  let keys = "";
  const draw = () => stdout.write("\\x1b[2J\\x1b[H\\x1b[31mscreen\\x1b[0m " + stdout.columns + "x" + stdout.rows + " keys " + keys);
  stdout.on("resize", draw);
  draw();
  for await (const bytes of stdin) {
    if (String(bytes) === "q") process.exit(5);
    keys += String(bytes).replace("\\x03", "^C");
    draw();
  }
`
export const LINES = `
  console.log("one"); console.error("two");
  await new Promise((go) => setInterval(() => require("node:fs").existsSync(process.env.HOME + "/go") && go(), 20));
  console.log("three"); process.exit(6);
`
export const LONG = { deadlineMs: 15_000 }

export function joinedSuite(options: CliHostOptions = {}): void {
  test("start --detach: asks in the foreground, outlives its terminal, is joined and left, and ends with the agent's code", async () => {
    await using host = await openLifecycleHost(RAW, options)
    const slug = await startDetached(host)
    const { launcher } = await host.loadRun()
    expect(sessionOf(pidOf(launcher))).toBe(pidOf(launcher))

    // The reminder stands for a moment, and an agent may draw over it: it is looked for in all of the output.
    const reminded = await runInTerminal([...CLI, "attach", slug], {
      ...{ cwd: host.cwd, env: host.env, columns: 110 },
      answers: [[new RegExp(` joined ${slug}; Ctrl-\\] detaches`), "\x1d"]],
    })
    expect([reminded.exitCode, reminded.lines.join("\n")]).toEqual([
      0,
      expect.stringContaining(`detached from ${slug}`),
    ])

    await using first = await inTerminal(host, "attach", slug)
    await first.untilScreen("screen 110x50", LONG)
    await first.type("ab")
    await first.press("C-c")
    await first.untilScreen("keys ab^C")
    await first.resize(90, 30)
    await first.untilScreen("screen 90x30")
    await first.press("C-]")
    await first.untilScreen(`detached from ${slug}, which continues`)
    expect(await first.untilExit()).toBe(0)

    await using second = await inTerminal(host, "attach", slug)
    await second.untilScreen("screen 110x50 keys ab^C", LONG)
    expect(await second.screen({ styled: true })).toContain("\x1b[31mscreen")
    await second.press("q")
    await second.untilScreen("session ended (exit 5)")
    expect(await second.untilExit()).toBe(5)
    await waitFor("the launcher to be gone", () => !isProcessAlive(launcher))

    const logs = (await host.run("logs", slug)).stdout
    expect([logs.includes("screen 110x50 keys ab^C\n"), logs.includes("\x1b")]).toEqual([true, false])
    expect((await host.run("logs", "--raw", slug)).stdout).toContain("\x1b[31mscreen")
  }, 60_000)

  test("there is one attachment before a terminal: who joins takes it, and the other is told", async () => {
    await using host = await openLifecycleHost(RAW, options)
    const slug = await startDetached(host)
    await using first = await inTerminal(host, "attach", slug)
    await first.untilScreen("screen 110x50", LONG)
    await using second = await openTerminal([...CLI, "attach", slug], {
      cwd: host.cwd,
      env: host.env,
      columns: 70,
      rows: 20,
    })
    await second.untilScreen("screen 70x20", LONG)
    await first.untilScreen(`${slug} is attached to another terminal now`)
    expect(await first.untilExit()).toBe(0)
    await second.type("x")
    await second.untilScreen("keys x")
    expect((await host.run("kill", slug)).exitCode).toBe(0)
    await second.untilScreen("killed by the operator", LONG)
    expect(await second.untilExit()).toBe(137)
  }, 60_000)

  test("who joined may be killed: the run continues, and its screen is drawn for the next", async () => {
    await using host = await openLifecycleHost(RAW, options)
    const slug = await startDetached(host)
    await using first = await inTerminal(host, "attach", slug)
    await first.untilScreen("screen 110x50", LONG)
    await first.type("a")
    await first.untilScreen("keys a")
    process.kill(await pidOfAttach(slug), "SIGKILL")
    expect(await first.untilExit()).toBe(137)
    await using second = await inTerminal(host, "attach", slug)
    await second.untilScreen("keys a", LONG)
    process.kill(await pidOfAttach(slug), "SIGTERM")
    await second.untilScreen(`detached from ${slug}, which continues`)
    expect((await host.loadRun()).status).toBe("running")
    await host.run("kill", slug)
  }, 60_000)

  test("the launcher killed under who joined: the terminal comes back, the run is told as crashed, nothing is left", async () => {
    await using host = await openLifecycleHost(RAW, options)
    const slug = await startDetached(host)
    const parts = await host.loadParts()
    await using terminal = await inTerminal(host, "attach", slug)
    await terminal.untilScreen("screen 110x50", LONG)
    process.kill(pidOf((await host.loadRun()).launcher), "SIGKILL")
    await terminal.untilScreen(`to resume it: bot-bottle resume ${slug}`, LONG)
    expect(await terminal.untilExit()).toBe(1)
    await waitFor("everything of the run to end", () => !parts.some(isProcessAlive), LONG)
  }, 60_000)

  test("headless in the background: the slug on stdout, its output kept, followed, and attach ends with its code", async () => {
    await using host = await openLifecycleHost(LINES, options)
    const started = await host.run("start", "impl", "--detach", "--headless", "--prompt", "x")
    const slug = started.stdout.trim()
    expect([started.exitCode, (await host.loadRun()).slug]).toEqual([0, slug])
    await using following = host.start("logs", "-f", slug)
    // All that the agent says before it is told to go; the two streams come in any order.
    await following.untilStdout(/one[\s\S]*two|two[\s\S]*one/)
    await using attached = host.start("attach", slug)
    await waitFor("attach to follow", () => attached.stderr.includes("following"), LONG)
    // The agent may end, and its bottle with it, before this command has: its code says nothing.
    await host.run("exec", slug, "--", "touch", "/home/node/go")

    const end = await attached.result
    expect([end.exitCode, end.stdout]).toEqual([6, "three\n"])
    expect(end.stderr).toContain("session ended (exit 6)")
    const followed = await following.result
    expect(followed.exitCode).toBe(0)
    for (const line of ["one", "two", "three", "bot-bottle: session ended (exit 6)"])
      expect(followed.stdout).toContain(line)
    expect((await host.run("attach", slug)).stderr).toContain(`run '${slug}' is not running: its status is ended`)
  }, 60_000)

  test("resume --detach: a run in the background continues there, its transcript with it", async () => {
    await using host = await openLifecycleHost(LINES, options)
    const slug = (await host.run("start", "impl", "--detach", "--headless", "--prompt", "x")).stdout.trim()
    await waitFor("its first words", async () => (await host.run("logs", slug)).stdout.includes("one"), LONG)
    process.kill(pidOf((await host.loadRun()).launcher), "SIGKILL")
    await waitFor(
      "the run to be seen as crashed",
      async () => (await host.run("list", "--all")).stdout.includes("ended (crashed)"),
      LONG,
    )
    const resumed = await host.run("resume", slug, "--detach", "--headless", "--prompt", "y")
    expect([resumed.exitCode, resumed.stdout]).toEqual([0, `${slug}\n`])
    expect((await host.loadRun()).status).toBe("running")
    await host.run("exec", slug, "--", "touch", "/home/node/go")
    await waitFor("the run to end", async () => (await host.loadRun()).status === "ended", LONG)
    const { stdout } = await host.run("logs", slug)
    expect(stdout.match(/one/g)).toHaveLength(2)
    expect(stdout).toContain("three")
  }, 60_000)
}

export async function startDetached(host: LifecycleHost): Promise<string> {
  await using terminal = await inTerminal(
    host,
    "start",
    "impl",
    "--detach",
    "--bottle",
    "dev",
    "--label",
    "mine",
    "--color",
    "red",
  )
  await terminal.untilScreen("Start?", LONG)
  await terminal.press("y")
  const screen = await terminal.untilScreen(/to join it \(Ctrl-\] detaches\): bot-bottle attach mine-[a-z0-9]{5}/, LONG)
  expect(await terminal.untilExit()).toBe(0)
  return screen.match(/attach (mine-[a-z0-9]{5})/)?.[1] ?? ""
}

export function inTerminal(host: LifecycleHost, ...args: readonly string[]): Promise<Terminal> {
  return openTerminal([...CLI, ...args], { cwd: host.cwd, env: host.env, columns: 110, rows: 50 })
}

/** Session id, from /proc. */
function sessionOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1")
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3])
}

async function pidOfAttach(slug: string): Promise<number> {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name))
  const found = pids.filter((pid) => {
    try {
      const argv = readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0")
      return argv[0]?.endsWith("bun") === true && argv.at(-3) === "attach" && argv.at(-2) === slug
    } catch {
      return false
    }
  })
  expect(found).toHaveLength(1)
  return Number(found[0])
}
