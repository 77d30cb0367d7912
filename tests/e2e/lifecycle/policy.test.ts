// The effect of a spent budget on a run: cutoff, freeze or kill, wherever the policy was written,
// and everybody's messages.

import { describe, expect, test } from "bun:test"
import { existsSync, readdirSync } from "node:fs"
import { isProcessAlive } from "@bot-bottle/kernel"
import { waitFor } from "@bot-bottle/testkit"
import { agentIn, scriptBottle } from "../cli/cli-host.ts"
import { openLifecycleHost, REQUEST_TOKENS } from "./lifecycle-host.ts"

/** Asks until it is refused, and then stays, whatever it is told. */
const GREEDY = `
  for (const s of ["SIGTERM", "SIGINT"]) process.on(s, () => {});
  let status; do { const answer = await ask(); status = answer.status; console.log("status", status, await answer.text()) } while (status === 200);
  console.log("refused"); setInterval(() => {}, 1000);
`
const BUDGET = ["--budget", "250"]
const SPENT = "200 of 250 claude tokens used"

describe.each(["reserve", "off"] as const)("gate %s", (gate) => {
  test("freeze: stopped whole, state kept, every step on record, and the way on is said", async () => {
    await using host = await openLifecycleHost(GREEDY, { settings: `gate: ${gate}\n` })
    const run = await host.run("start", "impl", "--headless", "--prompt", "x", ...BUDGET, "--shutdown", "freeze")
    const { slug, status, policy, endReason, launcher, proxy } = await host.loadRun()
    const used = host.standIn.bill.length * REQUEST_TOKENS
    expect([run.exitCode, status, policy, endReason]).toEqual([1, "frozen", "freeze", "budget"])
    expect(run.stderr).toContain("bot-bottle: cut off, freezing: the budget is too low for the next request: ")
    expect(run.stderr).toContain("bot-bottle: frozen by its budget\nbot-bottle: session ended (exit 1)\n")
    const recovery = `bot-bottle budget set run:${slug} claude 500 && bot-bottle resume ${slug}`
    expect(run.stderr).toContain(`to continue: ${recovery}`)

    expect([launcher, proxy!].filter(isProcessAlive)).toEqual([])
    expect(existsSync(host.stateFolder(slug, "home"))).toBe(true)
    expect(await host.listSteps()).toEqual(["freeze by budget: done", "cutoff by budget: done"])
    const [step] = await host.ledger.listEnforcement(slug)
    expect(step).toMatchObject({
      provider: "claude",
      limitTokens: 250,
      usedTokens: used,
      scope: { kind: "run", key: slug },
    })
    expect(host.standIn.bill.length).toBe(gate === "reserve" ? 2 : 3)
  })

  test("kill: torn down, nothing but ledger and metadata kept, and said", async () => {
    await using host = await openLifecycleHost(GREEDY, { settings: `gate: ${gate}\nshutdown: kill\n` })
    const run = await host.run("start", "impl", "--headless", "--prompt", "x", ...BUDGET)
    const { slug, status, endReason, exitCode, launcher, proxy } = await host.loadRun()
    expect([run.exitCode, exitCode, status, endReason]).toEqual([137, 137, "killed", "budget"])
    expect(run.stderr).toContain("bot-bottle: killed by its budget\nbot-bottle: session ended (exit 137)\n")
    expect(run.stderr).toContain("start again with --budget claude=500")
    expect([launcher, proxy!].filter(isProcessAlive)).toEqual([])
    expect(readdirSync(host.stateFolder(slug, "."))).toEqual(["metadata.json"])
    expect(await host.listSteps()).toEqual(["kill by budget: done", "cutoff by budget: done"])
    const audit = JSON.parse((await host.run("audit", "--json")).stdout)
    expect(audit.map(({ kind }: { kind: string }) => kind)).toEqual(
      expect.arrayContaining(["kill-requested", "kill-done"]),
    )
  })
})

test.each([
  ["freeze", "frozen", true],
  ["kill", "killed", false],
] as const)(
  "INV-48: %s holds when the launcher is killed the moment the budget is gone",
  async (policy, status, keeps) => {
    await using host = await openLifecycleHost(GREEDY)
    for (const round of [1, 2, 3]) {
      await using program = host.start("start", "impl", "--headless", "--prompt", "x", ...BUDGET, "--shutdown", policy)
      await waitFor("the launcher to notice", () => program.stderr.includes("cut off, "))
      program.kill("SIGKILL")
      await program.result.catch(() => {})
      const { slug } = await host.loadRun()

      await waitFor(`every step of round ${round} to be closed`, async () => {
        const [row] = JSON.parse((await host.run("list", "--all", "--json")).stdout)
        return row.status === status
      })
      expect(await host.listSteps()).toEqual([`${policy} by budget: done`, "cutoff by budget: done"])
      expect(existsSync(host.stateFolder(slug, "home"))).toBe(keeps)
      const { launcher, proxy } = await host.loadRun()
      expect([launcher, proxy!].filter(isProcessAlive)).toEqual([])
    }
  },
)

test("cutoff: the agent lives on; a budget set higher than the launch's flag, and restore, let it continue", async () => {
  await using host = await openLifecycleHost(
    "console.log('first'); for await (const line of console) if (line) { const answer = await ask(); console.log(line, answer.status, await answer.text()) }",
  )
  await using program = await host.launch("x", ...BUDGET)
  const { slug } = await host.loadRun()
  for (const word of ["a", "b", "c"]) {
    program.write(`${word}\n`)
    await program.untilStdout(new RegExp(`${word} \\d+`))
  }
  expect(program.stdout).toContain("c 402")
  const recovery = `bot-bottle budget set run:${slug} claude 500 && bot-bottle restore ${slug}`
  // The agent reads what the operator reads; each has it in a way of its own.
  await waitFor("the agent's line", () => program.stdout.includes(recovery))
  await waitFor("the launcher's line", () => program.stderr.includes(recovery))

  expect((await host.run("budget", "set", `run:${slug}`, "claude", "450")).exitCode).toBe(0)
  expect((await host.run("restore", slug)).exitCode).toBe(0)
  for (const word of ["d", "e", "f"]) {
    program.write(`${word}\n`)
    await program.untilStdout(new RegExp(`${word} \\d+`))
  }
  expect([/d 200/, /e 200/, /f 402/].map((seen) => seen.test(program.stdout))).toEqual([true, true, true])
  program.closeStdin()
  const { stderr } = await program.result
  expect(stderr).toContain(`to continue: bot-bottle budget set run:${slug} claude 900 && bot-bottle resume ${slug}`)
  expect(host.standIn.bill.length).toBe(4)
})

// biome-ignore format: a table
test.each([
  // settings             bottle               agent                 flag                      policy
  ["shutdown: freeze\n",  "",                  "",                   [],                       "freeze"],
  ["shutdown: freeze\n",  "shutdown: kill\n",  "",                   [],                       "kill"],
  ["",                    "shutdown: kill\n",  "shutdown: freeze\n", [],                       "freeze"],
  ["shutdown: kill\n",    "shutdown: kill\n",  "shutdown: kill\n",   ["--shutdown", "freeze"], "freeze"],
  ["",                    "",                  "",                   [],                       "cutoff"],
] as const)("the policy of settings %j, bottle %j, agent %j and flag %p is %s", async (settings, bottle, agent, flag, policy) => {
  await using host = await openLifecycleHost("", { settings })
  await host.write("bottles/dev.md", scriptBottle("", bottle))
  await host.write("agents/impl.md", agentIn("dev").replace("bottle: dev\n", `bottle: dev\n${agent}`))
  const { stdout } = await host.run("start", "impl", "--headless", "--prompt", "x", "--dry-run", ...flag)
  expect(stdout).toContain(`${policy} when the budget is gone`)
})

test("a ceiling is not raised by 'budget set', and nobody says so", async () => {
  await using host = await openLifecycleHost(GREEDY, { settings: "ceiling: { claude: 250 }\nshutdown: freeze\n" })
  const run = await host.run("start", "impl", "--headless", "--prompt", "x")
  const { slug } = await host.loadRun()
  const recovery = `raise 'ceiling' for claude in settings.yml, then bot-bottle resume ${slug}`
  expect([run.stdout.includes(recovery), run.stderr.includes(recovery)]).toEqual([true, true])
  expect(run.stdout + run.stderr).not.toContain("budget set")
  expect(run.stderr).toContain(SPENT)
})

test.each([
  // the agent, after the refusal      status shown
  ["process.exit(1)", "ended (budget)"],
  ["process.exit(0)", "ended (budget)"],
] as const)("cutoff: an agent that ends while it is cut off (%s) is listed as %p", async (then, shown) => {
  const agent = `let status; do { status = (await ask()).status } while (status === 200); ${then}`
  await using host = await openLifecycleHost(agent)
  await host.run("start", "impl", "--headless", "--prompt", "x", ...BUDGET)
  expect((await host.run("list", "--all")).stdout).toContain(`  ${shown}  `)
  expect(await host.loadRun()).toMatchObject({ status: "ended", endReason: "budget" })
})
