// A provider that refuses for the rest of a window: a run that parks is frozen, shown, and resumed by
// itself, by `wait` or by any later command.

import { Database } from "bun:sqlite"
import { expect, test } from "bun:test"
import { readdirSync, readFileSync } from "node:fs"
import { readJson, type Shaped } from "@bot-bottle/testkit"
import { agentIn, type CliHost, openCliHost, scriptBottle } from "../cli/cli-host.ts"

const START = ["start", "impl", "--headless", "--prompt", "the task"] as const
const TIMEOUT_MS = 90_000
const UNIFIED = "anthropic-ratelimit-unified"
/** An agent that ends with what it is answered, as clients of a spent subscription do. */
const AGENT =
  "const { status } = await ask(); console.log(status, process.argv.at(-1)); process.exit(status === 200 ? 0 : 1)"

test(
  "on_limit: park: the run is frozen until the reset, `list` says so, and `wait` resumes it",
  async () => {
    await using host = await openParkingHost({ settings: "" })
    const parked = await host.cli.run(...START)
    expect([parked.exitCode, parked.stderr]).toEqual([
      1,
      expect.stringMatching(
        /frozen by the limit of claude itself; parked until 20.*\n(?:.*\n)*.*bot-bottle wait impl-/,
      ),
    ])
    const [row] = await host.list()
    expect([row?.status, row?.end_reason, Date.parse(row?.parked_until ?? "")]).toEqual([
      "frozen",
      "parked",
      host.resetsAtMs(),
    ])
    expect((await host.cli.run("list")).stdout).toMatch(/parked until (?:\w{3} \d+ )?\d\d:\d\d/)
    const usage = await host.cli.run("usage")
    expect(usage.stdout).toContain("claude's own limits: 5h spent, resets ")

    // The clock of a test cannot be moved; the provider's can.
    await host.passReset(row?.slug ?? "")
    const waited = await host.cli.run("wait", row?.slug ?? "")
    expect([waited.exitCode, waited.stdout, waited.stderr]).toEqual([
      0,
      `${row?.slug}\n`,
      expect.stringContaining(`${row?.slug}: parked until `),
    ])
    const ended = await host.untilEnded(row?.slug ?? "")
    expect([ended.status, ended.exit_code]).toEqual(["ended", 0])
    // This agent remembers nothing: it is told its task again.
    expect((await host.cli.run("logs", row?.slug ?? "")).stdout).toContain("200 the task")
  },
  TIMEOUT_MS,
)

test(
  "a command that resumes a run itself has no other process resume it: its name is only looked up",
  async () => {
    await using host = await openParkingHost({ settings: "" })
    await host.cli.run(...START)
    const [row] = await host.list()
    const slug = row?.slug ?? ""
    await host.passReset(slug)
    const refused = await host.cli.run("wait", slug, "no-such-run")
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining("no-such-run")])
    expect(processesOf(host.cli.cwd)).toEqual([])
    expect((await host.cli.run("wait", slug)).stdout).toBe(`${slug}\n`)
    expect((await host.untilEnded(slug)).exit_code).toBe(0)
  },
  TIMEOUT_MS,
)

test(
  "any later command resumes a parked run whose time has come, once",
  async () => {
    await using host = await openParkingHost({ settings: "" })
    await host.cli.run(...START)
    const [row] = await host.list()
    await host.passReset(row?.slug ?? "")
    await Promise.all(Array.from({ length: 4 }, () => host.cli.run("list")))
    const ended = await host.untilEnded(row?.slug ?? "")
    expect([ended.status, ended.exit_code]).toEqual(["ended", 0])
    expect(host.cli.standIn.bill.length).toBe(1)
  },
  TIMEOUT_MS,
)

test(
  "Ctrl-C ends `wait`, and the run stays parked; quiet hours put its resume off",
  async () => {
    const now = new Date(Date.now() + 3_600_000)
    const from = `${String(now.getHours()).padStart(2, "0")}:00`
    const to = `${String((now.getHours() + 2) % 24).padStart(2, "0")}:00`
    await using host = await openParkingHost({ settings: `quiet_hours: ${from}-${to}\n` })
    await host.cli.run(...START)
    const [row] = await host.list()
    expect(new Date(row?.parked_until ?? "").getHours()).toBe((now.getHours() + 2) % 24)
    await using waiting = host.cli.start("wait")
    await until(() => waiting.stderr.includes("parked until"))
    waiting.kill("SIGINT")
    expect((await waiting.result).exitCode).toBe(130)
    expect((await host.list())[0]).toMatchObject({ status: "frozen", end_reason: "parked" })
    expect(host.cli.standIn.bill.length).toBe(0)
  },
  TIMEOUT_MS,
)

test(
  "without on_limit the agent gets its provider's refusal, and the run ends as the agent does",
  async () => {
    await using host = await openParkingHost({ settings: "", bottle: "" })
    const run = await host.cli.run(...START)
    expect([run.exitCode, run.stdout]).toEqual([1, "429 the task\n"])
    expect((await host.list("--all"))[0]).toMatchObject({ status: "ended", end_reason: null, parked_until: null })
    const usage = readJson((await host.cli.run("usage", "--json")).stdout, { windows: "list" })
    expect(usage.windows).toEqual([
      {
        provider: "claude",
        account: "",
        name: "5h",
        used_percent: 100.4,
        is_spent: true,
        resets_at: expect.any(String),
        seen_at: expect.any(String),
      },
    ])
  },
  TIMEOUT_MS,
)

const ROW = {
  slug: "string",
  status: "string",
  end_reason: "string?",
  exit_code: "number?",
  parked_until: "string?",
} as const
type Row = Shaped<typeof ROW>

async function openParkingHost({
  settings,
  bottle = "on_limit: park\n",
}: {
  readonly settings: string
  readonly bottle?: string
}) {
  let isSpent = true
  const resetsAtS = Math.floor(Date.now() / 1000) + 3_600
  const cli = await openCliHost({
    settings,
    reply: () =>
      isSpent ? { status: 429, text: "You have hit your limit.", usage: USAGE } : { text: "ok", usage: USAGE },
    modelHeaders: () => ({
      [`${UNIFIED}-status`]: isSpent ? "rejected" : "allowed",
      [`${UNIFIED}-5h-utilization`]: isSpent ? "1.004" : "0.01",
      [`${UNIFIED}-5h-reset`]: String(resetsAtS),
      ...(isSpent ? { [`${UNIFIED}-representative-claim`]: "five_hour", [`${UNIFIED}-reset`]: String(resetsAtS) } : {}),
    }),
  })
  await cli.write("bottles/dev.md", scriptBottle(AGENT, bottle))
  await cli.write("agents/impl.md", agentIn("dev"))
  const list = async (...flags: readonly string[]) =>
    readJson((await cli.run("list", "--json", ...flags)).stdout, [ROW])
  return {
    cli,
    list,
    resetsAtMs: () => resetsAtS * 1000,
    /** The window resets now: what the ledger knows of it is moved into the past. */
    async passReset(slug: string) {
      isSpent = false
      moveReset(cli, slug)
    },
    async untilEnded(slug: string): Promise<Row> {
      for (;;) {
        const row = (await list("--all")).find((one) => one.slug === slug)
        if (row !== undefined && row.status !== "frozen" && row.status !== "running") return row
        await Bun.sleep(100)
      }
    },
    [Symbol.asyncDispose]: () => cli[Symbol.asyncDispose](),
  }
}

const USAGE = { inputTokens: 10, outputTokens: 2, cacheReadTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 }

function moveReset({ root }: CliHost, slug: string): void {
  const db = new Database(`${root}/bot-bottle.db`)
  const moved = db.run(
    "UPDATE enforcement SET until_ms = ? WHERE until_ms IS NOT NULL AND run_id = (SELECT id FROM run WHERE slug = ?)",
    [Date.now() - 1_000, slug],
  )
  db.close()
  if (moved.changes === 0) throw new Error(`${slug} has no step with a time`)
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await Bun.sleep(20)
}

/** Those that were started for this folder, by their command lines. */
function processesOf(cwd: string): readonly string[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0")
      return words.includes(`--from=${cwd}`) ? [words.slice(-3).join(" ").trim()] : []
    } catch {
      // It has ended meanwhile.
      return []
    }
  })
}
