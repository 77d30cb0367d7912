// A budget of money, from the command line to the end of the run and back.

import { expect, test } from "bun:test"
import { openLifecycleHost } from "./lifecycle-host.ts"

/** A request of these agents is 100 tokens: a tenth of a cent at these prices. */
const PRICES = "prices:\n  - { model: test-*, input: 10, output: 10 }\n"
const GREEDY = `
  let status; do { const answer = await ask(); status = answer.status; console.log("status", status, await answer.text()) } while (status === 200);
  setInterval(() => {}, 1000);
`

test.each(["reserve", "off"] as const)(
  "gate %s: spent money freezes a run, its words say so, and more of it lets the run continue",
  async (gate) => {
    await using host = await openLifecycleHost(GREEDY, { settings: `gate: ${gate}\n` })
    await host.write("prices.yml", PRICES)
    const asked = ["--headless", "--prompt", "x", "--budget", "$0.0025", "--shutdown", "freeze", "--tag", "issue=7"]
    const run = await host.run("start", "impl", ...asked)
    const { slug, status, endReason } = await host.loadRun()
    const requests = gate === "reserve" ? 2 : 3
    const used = requests * 1_000
    expect([run.exitCode, status, endReason, host.standIn.bill.length]).toEqual([1, "frozen", "budget", requests])
    const recovery = `bot-bottle budget set run:${slug} usd 0.005 && bot-bottle resume ${slug}`
    expect(run.stderr).toContain(`$0.00${requests} of $0.0025 used`)
    expect(run.stderr).toContain(`to continue: ${recovery}`)
    expect(run.stderr).toMatch(new RegExp(`${slug} .* · \\$0\\.00${requests} of \\$0\\.0025 used\n`))
    expect(await host.listSteps()).toEqual(["freeze by budget: done", "cutoff by budget: done"])

    const [row] = JSON.parse((await host.run("list", "--all", "--json")).stdout)
    const standing = {
      provider: "usd",
      scope: "run",
      key: slug,
      unit: "micro_usd",
      limit: 2_500,
      used,
      window: "total",
    }
    expect([row.cost_usd, row.budgets, row.tags]).toEqual([used / 1e6, [standing], { issue: "7" }])
    const usage = JSON.parse((await host.run("usage", "--by", "tag:issue", "--json")).stdout)
    expect(usage.rows).toMatchObject([{ "tag:issue": "7", cost_usd: used / 1e6, unpriced_requests: 0 }])

    const early = await host.run("resume", slug, "--headless", "--prompt", "x")
    expect([early.exitCode, early.stderr]).toEqual([1, expect.stringContaining("no budget left")])
    const raised = await host.run("budget", "set", `run:${slug}`, "usd", "+0.002")
    expect(raised.stdout).toBe(`run:${slug} usd: $0.0025 → $0.0045 ($0.00${requests} used, window total)\n`)
    await host.run("resume", slug, "--headless", "--prompt", "x")
    expect(host.standIn.bill.length).toBeGreaterThan(requests)
    expect((await host.loadRun()).status).toBe("frozen")
  },
)

test("under a budget of money a model without a price is refused by name, and nothing leaves", async () => {
  const once =
    "const answer = await ask(); console.log(answer.status, answer.headers.get('x-bot-bottle-reason'), await answer.text())"
  await using host = await openLifecycleHost(once, { settings: "ceiling: { usd: 20 }\n" })
  const run = await host.run("start", "impl", "--headless", "--prompt", "x")
  expect(run.stdout).toContain("402 no-price")
  expect(run.stdout).toContain("No price is known for model 'test-model'")
  expect(host.standIn.bill).toEqual([])
  const dry = await host.run("start", "impl", "--headless", "--prompt", "x", "--dry-run")
  expect(dry.stdout).toContain("money: $20.00 of $20.00 left (ceiling of host)")
})

test("a price that cannot be right stops the start, with its line", async () => {
  await using host = await openLifecycleHost("")
  await host.write("prices.yml", "prices:\n  - { model: test-*, input: -1, output: 10 }\n")
  const run = await host.run("start", "impl", "--headless", "--prompt", "x")
  expect([run.exitCode, run.stderr]).toEqual([
    1,
    expect.stringMatching(/prices\.yml:2: 'prices\[0\]\.input' must be a number from 0 to 1000000, not '-1'/),
  ])
  expect(await host.ledger.listRuns({ all: true })).toEqual([])
  expect((await host.run("doctor", "--json")).stdout).toContain("prices.yml:2")
})
