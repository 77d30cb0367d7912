// One headless run, seen from every command that shows it.

import { describe, expect, test } from "bun:test"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { agentIn, openCliHost, programBottle, REAL_KEY, scriptBottle } from "./cli-host.ts"

const USAGE = { inputTokens: 30, outputTokens: 12, cacheReadTokens: 5, cacheWriteTokens: 7, reasoningTokens: 0 }

describe("a headless run of three requests", () => {
  test("is metered to the token, shown by list and usage, and passes the agent's exit code on", async () => {
    await using host = await openCliHost({ reply: () => ({ text: "ok", usage: USAGE }) })
    await host.write(
      "bottles/dev.md",
      scriptBottle("for (let i = 0; i < 3; i++) await (await ask()).text(); console.log('done'); process.exit(7)"),
    )
    await host.write("agents/impl.md", agentIn("dev"))

    const run = await host.run(
      "start",
      "impl",
      "--headless",
      "--prompt",
      "do it",
      "--label",
      "Fix Login!",
      "--color",
      "red",
      "--budget",
      "5k",
    )
    expect([run.exitCode, run.stdout]).toEqual([7, "done\n"])
    expect(run.stderr).toContain("session ended (exit 7)")

    const [row] = JSON.parse((await host.run("list", "--all", "--json")).stdout)
    const budget = {
      provider: "claude",
      scope: "run",
      key: row.slug,
      limit: 5000,
      used: 150,
      unit: "tokens",
      window: "total",
    }
    expect(row).toEqual({
      slug: expect.stringMatching(/^fix-login-[0-9a-z]{5}$/),
      label: "Fix Login!",
      color: "red",
      agent: "impl",
      bottles: ["dev"],
      provider: "command",
      backend: "bwrap",
      host: expect.any(String),
      status: "ended",
      observe: false,
      parked_until: null,
      tags: {},
      started_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d$/),
      ended_at: expect.stringMatching(/[+-]\d\d:\d\d$/),
      exit_code: 7,
      end_reason: null,
      used_tokens: 150,
      // No price is known of such a model.
      cost_usd: null,
      budget,
      budgets: [budget],
    })
    // 3 × (30 + 7 + 12 + ceil(5 × 0.1))
    const figures = {
      requests: 3,
      refused_requests: 0,
      estimated_requests: 0,
      input_tokens: 90,
      output_tokens: 36,
      cache_read_tokens: 15,
      cache_write_tokens: 21,
      reasoning_tokens: 0,
      charged_tokens: 150,
      cost_usd: null,
      unpriced_requests: 3,
    }
    expect(JSON.parse((await host.run("usage", "--json")).stdout)).toEqual({
      rows: [{ run: row.slug, ...figures }],
      totals: figures,
      windows: [],
    })
    for (const [by, key] of [
      ["agent", "impl"],
      ["bottle", "dev"],
      ["provider", "claude"],
      ["model", "test-model"],
    ] as const) {
      expect(JSON.parse((await host.run("usage", "--by", by, "--json")).stdout)).toEqual({
        rows: [{ [by]: key, ...figures }],
        totals: figures,
        windows: [],
      })
    }
    expect((await host.run("usage", "--csv")).stdout).toBe(
      `run,${Object.keys(figures).join(",")}\n${row.slug},${Object.values(figures).join(",")}\n`,
    )

    expect(host.standIn.bill.length).toBe(3)
    expect(host.standIn.received.every(({ headers }) => headers["x-api-key"] === REAL_KEY)).toBe(true)
    expect(existsSync(join(host.root, "state", row.slug, "metadata.json"))).toBe(true)
    expect(JSON.parse((await host.run("list", "--json")).stdout)).toEqual([])
  })

  test("that outgrows its budget is cut off, in words, and later launches of that scope are refused", async () => {
    await using host = await openCliHost({ reply: () => ({ text: "ok", usage: { ...USAGE, outputTokens: 60 } }) })
    await host.write(
      "bottles/dev.md",
      scriptBottle(
        "for (;;) { const r = await ask(); if (r.status !== 200) { console.log(r.status, (await r.json()).error.message); break } }",
      ),
    )
    await host.write("agents/impl.md", `---\nbottle: dev\nbudget: { claude: 400 }\n---\n`)

    const run = await host.run("start", "impl", "--headless", "--prompt", "do it")
    expect(run.stdout).toStartWith("402 Too little budget left")
    expect(run.stderr).toContain("cut off: the budget is too low for the next request")
    const billed = host.standIn.bill.reduce(
      (sum, { usage }) => sum + usage.inputTokens + usage.outputTokens + usage.cacheWriteTokens + 1,
      0,
    )
    expect(billed).toBeLessThanOrEqual(400)
    const [row] = JSON.parse((await host.run("list", "--all", "--json")).stdout)
    expect(row.budget).toEqual({
      provider: "claude",
      scope: "agent",
      key: "impl",
      limit: 400,
      used: billed,
      unit: "tokens",
      window: "total",
    })

    expect((await host.run("budget", "set", "agent:impl", "claude", String(billed))).exitCode).toBe(0)
    const refused = await host.run("start", "impl", "--headless", "--prompt", "again")
    expect([refused.exitCode, refused.stdout]).toEqual([1, ""])
    expect(refused.stderr).toContain("bot-bottle: error: no budget left: agent:impl has used")
    expect(refused.stderr).toContain("bot-bottle: hint: raise it: bot-bottle budget set agent:impl claude")
    expect(JSON.parse((await host.run("list", "--all", "--json")).stdout).length).toBe(1)
  })

  test("passes arguments after -- and the prompt on verbatim, the prompt last", async () => {
    await using host = await openCliHost()
    await host.write("bottles/dev.md", programBottle(["printf", "%s\\0"]))
    await host.write("agents/impl.md", agentIn("dev"))
    const prompt = "--odd 'quotes' $HOME\n`x` -"
    const run = await host.run("start", "impl", "--headless", "--prompt", prompt, "--", "--output-format", "json", "--")
    expect(run.stdout.split("\0")).toEqual(["--output-format", "json", "--", prompt, ""])
  })

  test("--cwd gives the agent a copy: what it changes stays in its workspace", async () => {
    await using host = await openCliHost()
    await Bun.write(join(host.cwd, "file.txt"), "before")
    await host.write(
      "bottles/dev.md",
      scriptBottle("console.log(await Bun.file('file.txt').text()); await Bun.write('file.txt', 'after')"),
    )
    await host.write("agents/impl.md", agentIn("dev"))
    const run = await host.run("start", "impl", "--headless", "--prompt", "x", "--cwd")
    expect([run.stdout, await Bun.file(join(host.cwd, "file.txt")).text()]).toEqual(["before\n", "before"])
  })
})

test("a run under a path longer than any socket's is started, joined, cut off and frozen like another", async () => {
  await using host = await openCliHost({ rootName: join("long".repeat(30), "path".repeat(30)) })
  await host.write(
    "bottles/dev.md",
    scriptBottle("console.log('first', (await ask()).status); setInterval(() => {}, 1000)"),
  )
  await host.write("agents/impl.md", agentIn("dev"))
  await using program = host.start("start", "impl", "--headless", "--prompt", "x")
  await program.untilStdout(/first 200/)
  const [{ slug }] = JSON.parse((await host.run("list", "--json")).stdout)
  expect(await host.run("exec", slug, "--", "echo", "joined")).toMatchObject({ exitCode: 0, stdout: "joined\n" })
  expect(await host.run("cutoff", slug)).toMatchObject({ exitCode: 0 })
  expect(await host.run("freeze", slug)).toMatchObject({ exitCode: 0 })
  await program.result
})
