// budget list and budget set, and a run that has none.

import { expect, test } from "bun:test"
import { join } from "node:path"
import { agentIn, openCliHost, scriptBottle } from "./cli-host.ts"

test("budget list: every limit in force and who said so; what was set last is what counts", async () => {
  await using host = await openCliHost({
    settings: "budget: { claude: 5M }\nceiling: { claude: 20M }\nbudget_window: day\n",
  })
  await host.write("bottles/dev.md", scriptBottle("await ask()", "budget: { claude: 1M, codex: 2M }\n"))
  await host.write("bottles/child.md", "---\nextends: dev\n---\n")
  await host.write("bottles/broken.md", "---\negres: {}\n---\n")
  await host.write("agents/impl.md", "---\nbottle: dev\nbudget: { claude: 500k }\n---\n")
  await host.run("budget", "set", "bottle:dev", "claude", "3M")
  const listed = await host.run("budget", "list", "--json")
  const row = (scope: string, key: string, provider: string, limit: number, rest: object) => ({
    ...{ scope, key, provider, limit, used: 0, unit: "tokens", window: "day", is_ceiling: false },
    ...rest,
  })
  const settings = join(host.root, "settings.yml")
  expect([listed.exitCode, JSON.parse(listed.stdout)]).toEqual([
    0,
    [
      row("host", "", "claude", 5_000_000, { from: settings }),
      row("host", "", "claude", 20_000_000, { from: settings, is_ceiling: true }),
      row("bottle", "dev", "claude", 3_000_000, { from: "budget set" }),
      row("bottle", "dev", "codex", 2_000_000, { from: join(host.root, "bottles/dev.md") }),
      row("agent", "impl", "claude", 500_000, { from: join(host.root, "agents/impl.md") }),
    ],
  ])
  const table = await host.run("budget", "list")
  expect(table.stdout).toMatch(/^host \(ceiling\) +claude +0 +20,000,000 +day +\S+settings\.yml$/m)
  const unset = await host.run("budget", "unset", "host", "claude")
  expect([unset.exitCode, unset.stderr]).toEqual([1, expect.stringContaining(`${settings} has the one in force`)])
})

test("budget set: + and - change the limit in force, the answer says old and new, the audit says who", async () => {
  await using host = await openCliHost({
    settings: "budget: { claude: 2M }\nbudget_window: day\n",
    env: { USER: "ada" },
  })
  const set = async (tokens: string) => (await host.run("budget", "set", "host", "claude", tokens)).stdout
  expect([await set("+100k"), await set("1,000,000"), await set("-500k")]).toEqual([
    "host claude: 2,000,000 → 2,100,000 tokens (0 used, window day)\n",
    "host claude: 2,100,000 → 1,000,000 tokens (0 used, window day)\n",
    "host claude: 1,000,000 → 500,000 tokens (0 used, window day)\n",
  ])
  const without = await host.run("budget", "set", "host", "codex", "+5k")
  expect([without.exitCode, without.stderr]).toEqual([
    1,
    "bot-bottle: error: no limit is in force for host codex, so there is nothing to raise\n" +
      "bot-bottle: hint: set one: bot-bottle budget set host codex 5k\n",
  ])
  expect((await host.run("budget", "set", "host", "codex", "5k")).exitCode).toBe(0)
  expect(await host.run("budget", "reset")).toMatchObject({ exitCode: 2, stdout: "" })
  expect((await host.run("budget", "reset", "--all")).stdout).toBe("every scope every provider: reset\n")
  const actors = JSON.parse((await host.run("audit", "--json")).stdout).map(({ actor }: { actor: string }) => actor)
  expect(actors).toEqual(["ada", "ada", "ada", "ada", "ada"])
})

test("budget set: dollars for a provider's tokens are refused, with the command that limits dollars", async () => {
  await using host = await openCliHost()
  const refused = await host.run("budget", "set", "host", "claude", "$20")
  expect(refused).toEqual({
    exitCode: 2,
    stdout: "",
    stderr:
      "bot-bottle: error: '$20' is dollars, not a number of tokens: use usd\n" +
      "bot-bottle: hint: to limit dollars: bot-bottle budget set host usd '$20'\n",
  })
  const hinted = await host.run("budget", "set", "host", "usd", "$20")
  expect(hinted).toEqual({ exitCode: 0, stdout: "host usd: $20.00 ($0.00 used, window total)\n", stderr: "" })
})

test("without any budget the preflight says in words that the run is unlimited but metered", async () => {
  await using host = await openCliHost()
  await host.write("bottles/dev.md", scriptBottle("await ask()"))
  await host.write("agents/impl.md", agentIn("dev"))
  const { stdout } = await host.run("start", "impl", "--dry-run", "--headless", "--prompt", "x")
  expect(stdout).toContain("claude: no limit (usage is recorded)")
})

test("a run that the host's limit does not count says so, and how to limit it", async () => {
  await using host = await openCliHost({ settings: "budget: { codex: 2M }\nbudget_window: day\n" })
  await host.write("bottles/dev.md", scriptBottle("await ask()"))
  await host.write("agents/impl.md", agentIn("dev"))
  const start = () => host.run("start", "impl", "--headless", "--prompt", "x")
  const warning = "nothing limits claude: your limit on this host counts codex alone"
  const set = ["budget", "set", "host", "claude", "2M", "--window", "day"]
  expect((await start()).stderr).toContain(`${warning}; to set one: bot-bottle ${set.join(" ")}\n`)
  expect((await host.run(...set)).exitCode).toBe(0)
  expect((await start()).stderr).not.toContain("nothing limits")
})
