// A whole run that asks its operator: by the `ask` command, by MCP, and by a request that waits.
// The operator answers in the ledger, and pokes nobody: the proxy looks by itself.

import { expect, test } from "bun:test"
import { join } from "node:path"
import { type Ledger, openLedger } from "@bot-bottle/ledger"
import { startStandIn } from "@bot-bottle/stand-in"
import { waitFor } from "@bot-bottle/testkit"
import { agentIn, openCliHost, scriptBottle } from "../cli/cli-host.ts"

const ASKING = "supervise: true\negress: { on_unlisted: ask }\n"
const RUN = { decision: "approved", duration: "run", reason: "", actor: "op", channel: "command" } as const

const SCRIPT = `
const { spawnSync } = require("node:child_process")
const run = (...args) => spawnSync("ask", args, { encoding: "utf8" })
const say = (value) => console.log("SAID " + JSON.stringify(value))
say(run("route", "later.example.com", "--why", "to fetch a page").stdout.trim())
say(run("budget", "claude", "500k", "--why", "more work").stdout.trim())
const mcp = await fetch("http://supervise.bot-bottle.internal/mcp", {
  method: "POST",
  headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
  body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list", params: {} }),
})
say((await mcp.text()).match(/"name":"[a-z_]+"/g))
const waited = await fetch("https://waits.example.com/a")
say([waited.status, await waited.text()])
const refused = await fetch("https://refused.example.com/a")
say([refused.status, refused.headers.get("x-bot-bottle-reason")])
const { budgets, questions } = JSON.parse(run("status", "--json").stdout)
say(budgets)
say(run("routes").stdout.split("\\n").filter((line) => line.includes("waits") || line.includes("anthropic")))
say(questions.map(({ kind, state }) => kind + " " + state))
`

test("an agent asks by command and MCP, and a request waits for the answer; the run's end is as ever", async () => {
  await using far = await startStandIn({ hosts: ["waits.example.com"] })
  await using host = await openCliHost()
  await host.write("ca.pem", `${host.standIn.caPem}\n${far.caPem}`)
  const settings = await Bun.file(join(host.root, "settings.yml")).text()
  await host.write("settings.yml", settings.replace("resolve:\n", `resolve:\n  waits.example.com: ${far.address}\n`))
  await host.write("bottles/dev.md", scriptBottle(SCRIPT, ASKING))
  await host.write("agents/impl.md", agentIn("dev"))
  await using run = host.start("start", "impl", "--headless", "--prompt", "go")
  await using ledger = await openLedger(join(host.root, "bot-bottle.db"))
  await answerHost(ledger, "waits.example.com", RUN)
  await answerHost(ledger, "refused.example.com", { ...RUN, decision: "rejected" })
  const { exitCode, stdout, stderr } = await run.result
  const said = stdout.split("\n").flatMap((line) => (line.startsWith("SAID ") ? [JSON.parse(line.slice(5))] : []))
  expect({ exitCode, said, stderr: stderr.match(/died|failed/) }).toEqual({
    exitCode: 0,
    said: [
      "pending #1",
      "pending #2",
      ['"name":"propose_route"', '"name":"request_budget"', '"name":"list_routes"', '"name":"status"'],
      [expect.any(Number), expect.any(String)],
      [403, "approval-denied"],
      [{ provider: "claude", limit_tokens: null, left_tokens: null }],
      ["https://api.anthropic.com:443", "https://waits.example.com:443"],
      ["route pending", "budget pending", "hold approved", "hold rejected"],
    ],
    stderr: null,
  })
  expect(far.received.length).toBe(1)
})

test("a bottle without 'supervise' has no ask command's service: the name does not exist", async () => {
  await using host = await openCliHost()
  const script = `
    const answer = await fetch("http://supervise.bot-bottle.internal/rpc", { method: "POST", body: "{}" })
    console.log("SAID " + JSON.stringify([answer.status, answer.headers.get("x-bot-bottle-reason"), Bun.which("ask")]))`
  await host.write("bottles/dev.md", scriptBottle(script))
  await host.write("agents/impl.md", agentIn("dev"))
  const { stdout } = await host.run("start", "impl", "--headless", "--prompt", "go")
  expect(stdout).toContain(`SAID ${JSON.stringify([403, "host-not-allowed", null])}`)
})

test("a rule that asks needs somebody to be asked: the start is refused with file, line and fix", async () => {
  await using host = await openCliHost()
  await host.write("bottles/dev.md", scriptBottle("", "egress: { on_unlisted: ask }\n"))
  await host.write("agents/impl.md", agentIn("dev"))
  const { exitCode, stderr } = await host.run("start", "impl", "--dry-run")
  expect([exitCode, stderr]).toEqual([
    1,
    expect.stringContaining("dev.md:6: 'egress.on_unlisted: ask' needs 'supervise: true'"),
  ])
})

type Wish = Omit<Parameters<Ledger["answerProposal"]>[0], "proposalId">

async function answerHost(ledger: Ledger, host: string, wish: Wish): Promise<void> {
  const question = await waitFor(`a question about ${host}`, async () =>
    (await ledger.pendingProposals()).find(({ ask }) => ask.kind === "hold" && ask.host === host),
  )
  const answer = { proposalId: question.id, ...wish } as Parameters<Ledger["answerProposal"]>[0]
  expect((await ledger.answerProposal(answer)).outcome).toBe("answered")
}
