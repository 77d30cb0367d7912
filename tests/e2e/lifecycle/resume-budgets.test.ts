// Budgets of a run that is resumed.

import { describe, expect, test } from "bun:test"
import { COUNTING } from "./ended-run.ts"
import { openLifecycleHost, REQUEST_TOKENS } from "./lifecycle-host.ts"

describe("budgets", () => {
  test("freeze, raise, resume: what the run spent before counts on, and its flag is outbid", async () => {
    await using host = await openLifecycleHost(COUNTING)
    const frozen = await host.run(
      "start",
      "impl",
      "--headless",
      "--prompt",
      "9",
      "--budget",
      "250",
      "--shutdown",
      "freeze",
    )
    const { slug } = await host.loadRun()
    expect([frozen.exitCode, host.standIn.bill.length]).toEqual([1, 2])

    const refused = await host.run("resume", slug, "--headless", "--prompt", "1")
    expect(refused.exitCode).toBe(1)
    expect(refused.stderr).toContain(
      `error: no budget left for another request: run:${slug} has used 200 of 250 claude tokens, as when run '${slug}' was frozen`,
    )
    expect(refused.stderr).toContain(`hint: raise it: bot-bottle budget set run:${slug} claude 500`)
    expect(await host.loadRun()).toMatchObject({ status: "frozen", endReason: "budget" })
    expect(host.standIn.received.length).toBe(2)

    await host.run("budget", "set", `run:${slug}`, "claude", "450")
    const again = await host.run("resume", slug, "--headless", "--prompt", "9")
    expect([again.exitCode, host.standIn.bill.length]).toEqual([1, 4])
    expect(again.stderr).toContain("400 of 450 claude tokens used")
    expect(await host.loadRun()).toMatchObject({ status: "frozen", policy: "freeze" })
  })

  test("resume --budget is the newest word on the run, and stays", async () => {
    await using host = await openLifecycleHost(COUNTING)
    await host.run("start", "impl", "--headless", "--prompt", "9", "--budget", "150", "--shutdown", "freeze")
    const { slug } = await host.loadRun()
    await host.run("budget", "set", `run:${slug}`, "claude", "120")
    const resumed = await host.run("resume", slug, "--headless", "--prompt", "9", "--budget", "claude=350")
    expect([resumed.exitCode, host.standIn.bill.length]).toEqual([1, 3])
    const [row] = JSON.parse((await host.run("list", "--json")).stdout)
    expect(row.budget).toMatchObject({ scope: "run", key: slug, limit: 350, used: 3 * REQUEST_TOKENS })
    const kinds = JSON.parse((await host.run("audit", "--json")).stdout).map(({ kind }: { kind: string }) => kind)
    expect(kinds.filter((kind: string) => kind === "budget-set").length).toBe(2)
    for (const text of ["claude=x", "codex=5"]) {
      expect((await host.run("resume", slug, "--headless", "--prompt", "1", "--budget", text)).exitCode).toBe(2)
    }
  })

  test("resume --dry-run --budget shows the launch with that budget, and sets none", async () => {
    await using host = await openLifecycleHost(COUNTING)
    await host.run("start", "impl", "--headless", "--prompt", "9", "--budget", "150", "--shutdown", "freeze")
    const { slug } = await host.loadRun()
    const look = (...flags: string[]) => host.run("resume", slug, "--headless", "--prompt", "9", "--dry-run", ...flags)
    const [as, with350, with110] = [await look(), await look("--budget", "350"), await look("--budget", "110")]
    // The control: without the flag the same launch is refused.
    expect([as.exitCode, with350.exitCode, with110.exitCode]).toEqual([1, 0, 1])
    expect(with350.stdout).toContain("250 of 350 tokens left")
    expect(with110.stderr).toContain(`run:${slug} has used 100 of 110 claude tokens`)
    expect(await host.ledger.listBudgets()).toEqual([])
    await host.run("resume", slug, "--headless", "--prompt", "9", "--budget", "350")
    expect([host.standIn.bill.length, (await host.ledger.listBudgets()).length]).toEqual([3, 1])
  })

  test("the policy of the launch's flag holds on, unless resume says another", async () => {
    await using host = await openLifecycleHost(COUNTING)
    await host.run("start", "impl", "--headless", "--prompt", "1", "--shutdown", "kill")
    const { slug } = await host.loadRun()
    const show = async (...flags: string[]) =>
      (await host.run("resume", slug, "--headless", "--prompt", "1", "--dry-run", ...flags)).stdout
    expect(await show()).toContain("kill when the budget is gone")
    expect(await show("--shutdown", "freeze")).toContain("shutdown is now freeze, and was kill")
    expect((await host.loadRun()).status).toBe("ended")
  })

  test("a budget that was gone and is gone still, of any scope, sends nothing and says so", async () => {
    await using host = await openLifecycleHost(COUNTING, { settings: "gate: off\n" })
    await host.write("agents/impl.md", "---\nbottle: dev\nbudget: { claude: 200 }\nshutdown: freeze\n---\n")
    await host.run("start", "impl", "--headless", "--prompt", "9")
    const { slug, status } = await host.loadRun()
    expect(status).toBe("frozen")
    const refused = await host.run("resume", slug, "--headless", "--prompt", "1")
    expect([
      refused.exitCode,
      refused.stderr.includes("no budget left: agent:impl has used 200 of 200 claude tokens"),
    ]).toEqual([1, true])
    expect(host.standIn.received.length).toBe(2)
  })
})
