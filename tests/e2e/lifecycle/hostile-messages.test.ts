// Every border between processes gets messages that break its protocol: each is refused by name,
// and the other runs on the host do not notice.

import { describe, expect, test } from "bun:test"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { isProcessAlive } from "@bot-bottle/kernel"
import { readJson, runProgram, waitFor } from "@bot-bottle/testkit"
import { agentIn, openCliHost, scriptBottle } from "../cli/cli-host.ts"
import { DILIGENT, openLifecycleHost } from "./lifecycle-host.ts"

const DONE = "console.log(await ask().then(({ status }) => status))"

// biome-ignore format: a table
describe.each([
  // a record's new text                                          problem
  ["",                                                            "it is not valid JSON"],
  ["[]",                                                          "'budgets' is missing"],
  ['{"budgets":{"chain":"all"}}',                                 "'budgets.chain' is invalid: expected Array"],
  ['{"budgets":{"chain":[],"declared":[],"ceilings":[],"gate":"open"}}', `'budgets.gate' is invalid: expected ("off" | "reserve")`],
] as const)("a launch record that holds %j", (text, problem) => {
  test("stops its own run's commands by name; the other run and kill do not notice", async () => {
    await using host = await openCliHost()
    await host.write("bottles/dev.md", scriptBottle(DONE))
    await host.write("agents/impl.md", agentIn("dev"))
    const start = (label: string) => host.run("start", "impl", "--headless", "--prompt", "x", "--label", label)
    expect([(await start("sound")).exitCode, (await start("broken")).exitCode]).toEqual([0, 0])
    const runs = readJson((await host.run("list", "--all", "--json")).stdout, [{ slug: "string", label: "string" }])
    const slugOf = (label: string) => runs.find((run) => run.label === label)?.slug ?? ""
    const [sound, broken] = [slugOf("sound"), slugOf("broken")]
    writeFileSync(join(host.root, "state", broken, "launch.json"), text)

    const refused = await host.run("resume", broken, "--headless", "--prompt", "x")
    expect([refused.exitCode, refused.stderr.split("\n")[0]]).toEqual([
      1,
      `bot-bottle: error: the launch record of run '${broken}' is invalid: ${problem}`,
    ])
    expect((await host.run("list", "--all")).stdout).toContain(sound)
    expect((await host.run("resume", sound, "--headless", "--prompt", "x")).exitCode).toBe(0)
    expect((await host.run("kill", broken)).stdout).toBe(`${broken}: killed\n`)
  }, 60_000)
})

test("a live run whose launch record is broken is still frozen and killed whole", async () => {
  await using host = await openLifecycleHost(DILIGENT)
  await using _program = await host.launch("one", "--cwd")
  const parts = await host.loadParts()
  const { slug } = await host.loadRun()
  writeFileSync(host.stateFolder(slug, "launch.json"), '{"budgets":5}')
  expect((await host.run("kill", slug)).stdout).toBe(`${slug}: killed\n`)
  await waitFor("everything to be gone", () => !parts.some(isProcessAlive))
}, 60_000)

const MAIN = join(import.meta.dir, "../../../apps/cli/src/background/background-main.ts")

// biome-ignore format: a table
test.each([
  // order                                              problem
  ["hello\n",                                           "it is not valid JSON"],
  ["{}\n",                                              "'command' is missing"],
  ['{"command":"stop"}\n',                              `'command' is invalid: expected ("start" | "resume")`],
  ['{"command":"start","cwd":5}\n',                     "'cwd' is invalid: expected string"],
  [`${"x".repeat(9 * 1024 * 1024)}\n`,                  "it is longer than 8388608 characters"],
] as const)("a launcher in the background that gets another order says so and ends: %#", async (order, problem) => {
  await using host = await openCliHost()
  const { exitCode, stdout } = await runProgram([process.execPath, MAIN], { env: host.env, stdin: order })
  expect([exitCode, JSON.parse(stdout)]).toEqual([
    1,
    {
      kind: "problem",
      message: `the launcher in the background cannot read its order: ${problem}`,
      exitCode: 1,
    },
  ])
})

test("a launcher in the background that gets no order leaves without a word", async () => {
  await using host = await openCliHost()
  expect(await runProgram([process.execPath, MAIN], { env: host.env })).toEqual({ exitCode: 0, stdout: "", stderr: "" })
})

test("metadata that is broken is not believed: the run is named and cannot be resumed", async () => {
  await using host = await openCliHost()
  await host.write("bottles/dev.md", scriptBottle(DONE))
  await host.write("agents/impl.md", agentIn("dev"))
  await host.run("start", "impl", "--headless", "--prompt", "x")
  const [{ slug }] = JSON.parse((await host.run("list", "--all", "--json")).stdout)
  const path = join(host.root, "state", slug, "metadata.json")
  writeFileSync(path, readFileSync(path, "utf8").replace('"bottles"', '"bottles": 5, "other"'))
  expect((await host.run("resume", slug, "--headless", "--prompt", "x")).stderr).toContain(
    `run '${slug}' cannot be resumed`,
  )
}, 60_000)
