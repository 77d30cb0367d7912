// `resume`: a run continues as what it was, under the policy of now, with what is left of its
// budget. A run that cannot be resumed is refused before anything of it is touched.

import { describe, expect, test } from "bun:test"
import { existsSync, readFileSync } from "node:fs"
import { mkdir, rename, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { isProcessAlive } from "@bot-bottle/kernel"
import { openTempFolder, runProgram, waitFor } from "@bot-bottle/testkit"
import { agentIn, CLI, REAL_KEY, scriptBottle } from "../cli/cli-host.ts"
import { COUNTING, endedRun, startWith } from "./ended-run.ts"
import { DILIGENT, openLifecycleHost } from "./lifecycle-host.ts"

test("resume: same slug, home and workspace; new proxy and CA; the key and the manifests as they are now", async () => {
  await using host = await openLifecycleHost(DILIGENT)
  await using first = await host.launch("one", "--cwd")
  const before = await host.loadRun()
  const { slug } = before
  const ca = readFileSync(host.stateFolder(slug, "share/ca.pem"), "utf8")
  await host.run("freeze", slug)
  await first.result

  await host.write("bottles/dev.md", scriptBottle(DILIGENT, "egress: { routes: [{ host: docs.example.com }] }\n"))
  await using second = startWith(host, { ANTHROPIC_API_KEY: "sk-ant-api03-another" }, [
    "resume",
    slug,
    "--headless",
    "--prompt",
    "two",
  ])
  const [, notes = ""] = await second.untilStdout(/notes (".*")/)
  expect(JSON.parse(notes)).toBe("home:one\ntold to leave\nhome:two\nwork:one\nwork:two\n")
  await second.untilStdout(/first 200/)
  const after = await host.loadRun()
  expect([after.slug, after.label, after.status, after.startedAtMs]).toEqual([
    slug,
    before.label,
    "running",
    before.startedAtMs,
  ])
  expect([after.launcher === before.launcher, after.proxy === before.proxy]).toEqual([false, false])
  expect((await host.ledger.listRuns({ all: true })).length).toBe(1)
  expect(readFileSync(host.stateFolder(slug, "share/ca.pem"), "utf8")).not.toBe(ca)
  expect(host.standIn.received.map(({ headers }) => headers["x-api-key"])).toEqual([REAL_KEY, "sk-ant-api03-another"])
  const metadata = JSON.parse(readFileSync(host.stateFolder(slug, "metadata.json"), "utf8"))
  expect([metadata.cwd, metadata.frozen_at, typeof metadata.resumed_at]).toEqual([host.cwd, undefined, "string"])

  second.closeStdin()
  const { exitCode, stderr } = await second.result
  expect(exitCode).toBe(0)
  expect(stderr).toContain("since the run's last launch: the routes have changed")
  expect(stderr).toContain(`bot-bottle: run ${slug} resumed`)
  expect(JSON.parse((await host.run("audit", "--json")).stdout).at(-1)).toMatchObject({
    kind: "resume",
    slug,
    detail: { was: "frozen", because: "operator", policy: "cutoff" },
  })
  const { rows } = JSON.parse((await host.run("usage", "--json")).stdout)
  expect(rows.map(({ run, requests }: { run: string; requests: number }) => [run, requests])).toEqual([[slug, 2]])
})

describe("a run continues after", () => {
  test("an end of its own", async () => {
    await using host = await openLifecycleHost(COUNTING)
    await host.run("start", "impl", "--headless", "--prompt", "1")
    const { slug } = await host.loadRun()
    const resumed = await host.run("resume", slug, "--headless", "--prompt", "2")
    expect([resumed.exitCode, resumed.stdout]).toEqual([0, "said 200 200 200\n"])
    expect(await host.loadRun()).toMatchObject({ slug, status: "ended", exitCode: 0 })
  })

  test("the death of its launcher", async () => {
    await using host = await openLifecycleHost(DILIGENT)
    await using program = await host.launch("one", "--cwd")
    const parts = await host.loadParts()
    const { slug } = await host.loadRun()
    program.kill("SIGKILL")
    await waitFor("everything of the run to go", () => parts.filter(isProcessAlive).length === 0)

    await using resumed = host.start("resume", slug, "--headless", "--prompt", "two")
    await resumed.untilStdout(/first 200/)
    expect(resumed.stdout).toContain("home:one\\nhome:two\\nwork:one\\nwork:two\\n")
    resumed.closeStdin()
    expect((await resumed.result).exitCode).toBe(0)
  })

  test("a freeze, a second time, with arguments for the agent", async () => {
    await using host = await openLifecycleHost(
      `console.log("args", JSON.stringify(process.argv.slice(1))); ${COUNTING}`,
    )
    await host.run("start", "impl", "--headless", "--prompt", "1")
    const { slug } = await host.loadRun()
    for (const prompt of ["1", "1"]) await host.run("resume", slug, "--headless", "--prompt", prompt)
    const { stdout } = await host.run("resume", slug, "--headless", "--prompt", "1", "--", "fast", "now")
    expect(stdout).toContain('"fast","now","1"]')
    expect(stdout).toContain("said 200 200 200 200")
  })
})

describe("INV-44: refused", () => {
  // biome-ignore format: a table
  test.each([
    // flags                                   exit  says
    [["--prompt", "x"],                        2,    "this is not a terminal"],
    [["--headless"],                           2,    "resume --headless needs --prompt"],
    [["--headless", "--prompt", "  "],         2,    "--prompt is empty"],
    [["--hedless"],                            2,    "--hedless"],
  ] as const)("before any state is read: %p", async (flags, exitCode, says) => {
    await using folder = await openTempFolder()
    const root = join(folder.path, "root")
    const result = await runProgram([...CLI, "resume", "impl-00000", ...flags], { env: { BOT_BOTTLE_HOME: root } })
    expect([result.exitCode, result.stderr.includes(says), existsSync(root)]).toEqual([exitCode, true, false])
    if (exitCode === 2 && flags[0] !== "--hedless")
      expect(result.stderr).toContain("bot-bottle resume impl-00000 --headless --prompt '…'")
  })

  test("runs that are running, cut off, killed, unknown, or have lost their state", async () => {
    await using host = await openLifecycleHost(DILIGENT)
    await using program = await host.launch("one")
    const { slug } = await host.loadRun()
    const refusal = async (name = slug) => {
      const { exitCode, stderr } = await host.run("resume", name, "--headless", "--prompt", "x")
      return [
        exitCode,
        ...stderr
          .trimEnd()
          .split("\n")
          .map((line) => line.replace("bot-bottle: ", "")),
      ]
    }
    expect(await refusal()).toEqual([
      1,
      `error: run '${slug}' is running`,
      `hint: to stop it first: bot-bottle freeze ${slug}`,
    ])
    await host.run("cutoff", slug)
    expect(await refusal()).toEqual([
      1,
      `error: run '${slug}' is running, cut off`,
      `hint: to open its egress: bot-bottle restore ${slug}`,
    ])
    await host.run("kill", slug)
    await program.result
    expect(await refusal()).toEqual([
      1,
      `error: run '${slug}' was killed, and a killed run is not resumed`,
      "hint: start a new one: bot-bottle start impl",
    ])
    expect(await refusal("nobody-00000")).toEqual([
      1,
      "error: unknown run 'nobody-00000'",
      "hint: see 'bot-bottle list --all'",
    ])

    const other = await endedRun(host)
    await rm(host.stateFolder(other), { recursive: true })
    expect((await refusal(other))[1]).toBe(`error: run '${other}' cannot be resumed: its state is gone`)
  })

  test("a run whose agent, bottle or key is gone, or whose provider is another, stays as it was", async () => {
    await using host = await openLifecycleHost(COUNTING)
    const slug = await endedRun(host)
    const said = async (env: Record<string, string> = {}) => {
      await using program = startWith(host, env, ["resume", slug, "--headless", "--prompt", "1"])
      const { exitCode, stderr } = await program.result
      return [exitCode, stderr.split("\n")[0]?.replace("bot-bottle: error: ", "")]
    }
    expect(await said({ ANTHROPIC_API_KEY: "" })).toEqual([
      1,
      expect.stringContaining("no credential for provider 'claude'"),
    ])
    await host.write("bottles/dev.md", "---\nagent_provider: { template: claude }\n---\n")
    expect(await said()).toEqual([
      1,
      `run '${slug}' cannot be resumed: its bottles now run claude, and it was command before`,
    ])
    await host.write("agents/impl.md", agentIn("gone"))
    await host.write("bottles/dev.md", "---\nlimits: { pids: many }\n---\n")
    expect((await said())[0]).toBe(1)
    expect(await host.loadRun()).toMatchObject({ status: "ended", exitCode: 0 })
    expect(host.standIn.received.length).toBe(1)
  })
})

test("INV-48: of several that resume a run at once, one does; the others say why not", async () => {
  await using host = await openLifecycleHost(DILIGENT)
  await using program = await host.launch("one")
  const { slug } = await host.loadRun()
  await host.run("freeze", slug)
  await program.result

  const tries = [1, 2, 3].map((number) => host.start("resume", slug, "--headless", "--prompt", `try ${number}`))
  const results = tries.map(({ result }) => result)
  let over = 0
  for (const result of results) void result.then(() => over++)
  // The one that resumed it runs until its stdin ends, so that no other comes after it.
  await waitFor("the others to be refused", () => over === tries.length - 1)
  for (const one of tries) one.closeStdin()
  const ends = await Promise.all(results)
  expect(ends.map(({ exitCode }) => exitCode).sort()).toEqual([0, 1, 1])
  for (const { exitCode, stderr } of ends) {
    if (exitCode === 1)
      expect(stderr).toMatch(/error: run '.*' (?:has just been changed by another command|is running)/)
  }
  expect(readFileSync(host.stateFolder(slug, "home/notes"), "utf8").match(/home:try/g)?.length).toBe(1)
})

test.each([
  // before the bottle is built            what is said
  ["workspace", "home.gone", "cannot be resumed: "],
  // while it is being built
  ["egress", "launch.json.draft", "EISDIR"],
] as const)("a launch that fails for want of %s leaves the run as it was, with all it had", async (from, to, says) => {
  await using host = await openLifecycleHost(DILIGENT)
  await using program = await host.launch("one")
  const { slug } = await host.loadRun()
  await host.run("freeze", slug)
  await program.result

  await rename(host.stateFolder(slug, from), host.stateFolder(slug, to))
  const failed = await host.run("resume", slug, "--headless", "--prompt", "two")
  expect([failed.exitCode, failed.stderr.includes(says)]).toEqual([1, true])
  expect(await host.loadRun()).toMatchObject({ status: "frozen", endReason: "operator" })
  expect(readFileSync(host.stateFolder(slug, "home/notes"), "utf8")).toBe("home:one\ntold to leave\n")

  await rename(host.stateFolder(slug, to), host.stateFolder(slug, from))
  await using resumed = host.start("resume", slug, "--headless", "--prompt", "two")
  await resumed.untilStdout(/first 200/)
  resumed.closeStdin()
  expect((await resumed.result).exitCode).toBe(0)
})

test("an agent of a repository is found again from any folder", async () => {
  await using host = await openLifecycleHost(COUNTING)
  await mkdir(join(host.cwd, ".bot-bottle/agents"), { recursive: true })
  await writeFile(join(host.cwd, ".bot-bottle/agents/theirs.md"), agentIn("dev"))
  await host.run("start", "theirs", "--headless", "--prompt", "1")
  const { slug } = await host.loadRun()
  const elsewhere = await runProgram([...CLI, "resume", slug, "--headless", "--prompt", "1"], {
    cwd: "/",
    env: host.env,
  })
  expect([elsewhere.exitCode, elsewhere.stdout]).toEqual([0, "said 200 200\n"])
})

test("--dry-run shows what the run was and what would be different, and changes nothing", async () => {
  await using host = await openLifecycleHost(COUNTING)
  const slug = await endedRun(host)
  const show = async () => (await host.run("resume", slug, "--headless", "--prompt", "1", "--dry-run")).stdout
  expect(await show()).toMatch(/^resumes +impl-\w{5}, ended\nchanged +nothing since its last launch\n/)
  expect(await show()).toMatch(/workspace +as the agent left it/)
  await host.write("agents/impl.md", `${agentIn("dev")}Now with more words.\n`)
  await host.write("settings.yml", `${await Bun.file(join(host.root, "settings.yml")).text()}budget: { claude: 1M }\n`)
  const changed = await show()
  expect(changed).toContain("the agent's or a bottle's file has changed")
  expect(changed).toContain("budgets or ceilings of manifests and settings.yml have changed")
  expect((await host.ledger.listRuns({ all: true })).length).toBe(1)
})
