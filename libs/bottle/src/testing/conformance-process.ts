// Exit codes, environment, stdio, limits.

import { expect, test } from "bun:test"
import { fstatSync, openSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { identifyProcess, pidOf } from "@bot-bottle/kernel"
import type { Subject } from "./subject.ts"
import { openTestRun, perl, runInBottle } from "./test-run.ts"

export function testProcess(subject: Subject): void {
  const createBackend = subject.create
  test.each([
    // command                                        exit code
    [["/bin/true"], 0],
    [["/bin/sh", "-c", "exit 7"], 7],
    [["/bin/sh", "-c", "kill -TERM $$"], 143],
    [["/bin/sh", "-c", "kill -KILL $$"], 137],
    [["no-such-program"], 127],
    [["/usr/share"], 127],
  ] as const)("%p ends with %p", async (argv, exitCode) => {
    await using run = openTestRun()
    expect((await runInBottle(createBackend(), run.plan(argv))).exitCode).toBe(exitCode)
  })

  test("INV-63: the agent's environment is the plan's, whole and nothing more", async () => {
    await using run = openTestRun()
    const plan = run.plan(["/usr/bin/env", "-0"], { env: { ODD: "a\nb=c ü", EMPTY: "" } })
    const { stdout } = await runInBottle(createBackend(), plan)
    const seen = Object.fromEntries(
      stdout
        .split("\0")
        .slice(0, -1)
        .map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]),
    )
    expect(seen).toEqual({ ...plan.env })
  })

  test("argv arrives verbatim, and the agent starts in the workspace", async () => {
    await using run = openTestRun()
    const words = ["-x", "two words", "", "a\nb", "$(id)", "ü"]
    const { stdout } = await runInBottle(
      createBackend(),
      run.plan(perl('print join("|", @ARGV), "|"; exec "pwd"', "--", ...words)),
    )
    expect(stdout).toBe(`${words.join("|")}|/home/node/workspace\n`)
  })

  test("who the agent is: node, without a capability, with no way to gain one", async () => {
    await using run = openTestRun()
    const plan = run.plan([])
    const uid = subject.guestUid(plan.slug)
    const { stdout } = await runInBottle(
      createBackend(),
      run.plan([
        "/bin/sh",
        "-c",
        "id; hostname; grep -E '^(Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs|Seccomp):' /proc/self/status",
      ]),
    )
    const none = "0000000000000000"
    expect(stdout.replaceAll("\t", " ").trim().split("\n")).toEqual([
      `uid=${uid}(node) gid=${uid}(node) groups=${uid}(node)`,
      "bottle",
      ...["Inh", "Prm", "Eff", "Bnd", "Amb"].map((set) => `Cap${set}: ${none}`),
      "NoNewPrivs: 1",
      "Seccomp: 2",
    ])
  })

  test("5 MB go in and come out whole; stderr stays apart", async () => {
    await using run = openTestRun()
    const sent = crypto.getRandomValues(new Uint8Array(65_536))
    const whole = Buffer.concat(Array.from({ length: 80 }, () => sent))
    const bottle = await createBackend().launch(run.plan(["/bin/sh", "-c", "cat; echo done >/dev/stderr"]), {
      kind: "pipe",
      stdin: whole,
    })
    const [stdout, stderr] = await Promise.all([
      new Response(bottle.stdout).bytes(),
      new Response(bottle.stderr).text(),
    ])
    expect({ same: Buffer.compare(stdout, whole), stderr }).toEqual({ same: 0, stderr: "done\n" })
  })

  test("an agent that reads no input and closes its output still ends with its own code", async () => {
    await using run = openTestRun()
    const stdin = new Uint8Array(1_000_000)
    const plan = run.plan(["/bin/sh", "-c", "exec >&- 2>&-; exit 9"])
    expect((await runInBottle(createBackend(), plan, { kind: "pipe", stdin })).exitCode).toBe(9)
  })

  test("INV-72: a file the operator gave as stdin or stdout cannot be reopened from inside", async () => {
    await using run = openTestRun()
    const [input, output] = [join(run.root, "input"), join(run.root, "output")]
    writeFileSync(input, "question\n", { mode: 0o666 })
    writeFileSync(output, "earlier lines\n", { mode: 0o666 })
    const attack =
      "cat; for n in 0 1; do echo PLANTED > /proc/self/fd/$n; head -c 7 /proc/self/fd/$n < /dev/null; done 2>/dev/null; true"
    const plan = run.plan(["/usr/bin/timeout", "2", "/bin/sh", "-c", attack])
    const launcher = Bun.spawn(
      [
        process.execPath,
        join(import.meta.dir, "launcher.ts"),
        JSON.stringify({ backend: subject.name, plan, stdio: "inherit" }),
      ],
      {
        stdio: [openSync(input, "r+"), openSync(output, "a"), "inherit"],
      },
    )
    await launcher.exited
    expect(readFileSync(input, "utf8")).toBe("question\n")
    // The agent's output is appended; the earlier text was neither lost nor shown to it again.
    expect(readFileSync(output, "utf8").split("earlier").length).toBe(2)
    expect(readFileSync(output, "utf8").startsWith("earlier lines\nquestion\n")).toBe(true)
    expect(fstatSync(openSync(output, "r")).size).toBeGreaterThan(0)
  })

  test("INV-63: the launcher's environment reaches no process of the bottle; the agent's shows in no command line", async () => {
    await using run = openTestRun()
    const plan = run.plan(["/bin/sh", "-c", "echo ready; read end"], { env: { MINE: "agent-value" } })
    const input = JSON.stringify({ backend: subject.name, plan, stdio: "inherit" })
    await using launcher = Bun.spawn([process.execPath, join(import.meta.dir, "launcher.ts"), input], {
      env: { ...Bun.env, REAL_KEY: "planted-key" },
      stdio: ["pipe", "pipe", "inherit"],
    })
    await launcher.stdout.getReader().read()
    const launcherIdentity = identifyProcess(launcher.pid)!
    const tree = (await subject.listProcesses(launcherIdentity, run.folders.state))
      .filter((identity) => identity !== launcherIdentity)
      .map(pidOf)
    const textOf = (pid: number, file: string) => readFileSync(`/proc/${pid}/${file}`, "utf8")
    expect(textOf(launcher.pid, "environ")).toContain("planted-key")
    const environs = tree.map((pid) => textOf(pid, "environ"))
    expect(environs.filter((environ) => environ.includes("planted-key"))).toEqual([])
    expect(environs.filter((environ) => environ.includes("agent-value")).length).toBeGreaterThan(0)
    expect(tree.filter((pid) => textOf(pid, "cmdline").includes("agent-value"))).toEqual([])
    expect(tree.length).toBeGreaterThanOrEqual(4)
  })

  test("limits: no more processes than `pids`, no file larger than `disk`", async () => {
    await using run = openTestRun()
    const forks =
      "my $n = 0; while ($n < 400) { my $p = fork(); last unless defined $p; if (!$p) { sleep 60; exit } $n++ } print $n"
    const fill = "$SIG{XFSZ} = 'IGNORE'; open F, '>', 'big'; print F 'x' x 2000000; close F; print -s 'big'"
    const backend = createBackend()
    const free = await runInBottle(backend, run.plan(perl(forks)))
    const limited = await runInBottle(backend, run.plan(perl(forks), { limits: { pids: 100 } }))
    const full = await runInBottle(backend, run.plan(perl(fill), { limits: { diskBytes: 1_000_000 } }))
    expect({ free: free.stdout, limited: Number(limited.stdout) < 100, full: full.stdout }).toEqual({
      free: "400",
      limited: true,
      full: "1000000",
    })
  })
}
