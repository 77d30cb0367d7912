// A run that waits for its provider says for what, once, and that it is over. An agent waits for a name as
// long as its proxy takes. A command that waits for the shared ledger says so.

import { expect, test } from "bun:test"
import { join } from "node:path"
import { killProcess } from "@bot-bottle/kernel"
import { openLedger } from "@bot-bottle/ledger"
import { waitFor } from "@bot-bottle/testkit"
import { agentIn, openCliHost, scriptBottle } from "./cli-host.ts"

/** As a harness does: again and again, until there is an answer. */
const RETRIES = `
  for (let status = 502; status >= 500; await Bun.sleep(20)) ({ status } = await ask());
`

test("a provider that cannot be reached is named once, while the agent retries", async () => {
  await using host = await openCliHost()
  await host.write("bottles/dev.md", scriptBottle(`for (let n = 0; n < 3; n += 1) await ask()`))
  await host.write("agents/impl.md", agentIn("dev"))
  // Nothing listens there.
  await host.write("settings.yml", "resolve:\n  api.anthropic.com: 127.0.0.1:9\n")
  const run = await host.run("start", "impl", "--headless", "--prompt", "x")
  expect(
    run.stderr.match(/^bot-bottle: api\.anthropic\.com cannot be reached; the agent keeps trying: .*$/gm),
  ).toHaveLength(1)
  expect(run.stderr).not.toContain("answers again")
})

test("when it answers again, a line says so", async () => {
  await using host = await openCliHost()
  await host.write("bottles/dev.md", scriptBottle(RETRIES))
  await host.write("agents/impl.md", agentIn("dev"))
  const settings = await Bun.file(`${host.root}/settings.yml`).text()
  await host.write("settings.yml", settings.replace(host.standIn.address, "127.0.0.1:9"))
  await using run = host.start("start", "impl", "--headless", "--prompt", "x")
  await waitFor("the line", () => run.stderr.includes("cannot be reached"))
  await host.write("settings.yml", settings)
  const slug = /run (\S+) started/.exec(run.stderr)?.[1] ?? ""
  expect((await host.run("reload", slug)).exitCode).toBe(0)
  expect((await run.result).stderr).toContain("bot-bottle: api.anthropic.com answers again")
})

test("a name is found, also when the proxy takes more than a second to answer", async () => {
  await using host = await openCliHost()
  // The system's own lookup, as the agent's programs do it.
  const script = `
    const { lookup } = require("node:dns/promises")
    console.log("ready")
    for await (const _ of console) break
    const found = lookup("api.anthropic.com").then(() => "found", ({ code }) => code)
    await Promise.race([found, Bun.sleep(1_500)])
    console.log("more than a second")
    console.log("the name:", await found)`
  await host.write("bottles/dev.md", scriptBottle(script))
  await host.write("agents/impl.md", agentIn("dev"))
  await using run = host.start("start", "impl", "--headless", "--prompt", "x")
  await run.untilStdout(/ready/)
  await using ledger = await openLedger(join(host.root, "bot-bottle.db"))
  const proxy = (await ledger.listRuns({ all: false }))[0]?.proxy
  if (proxy === undefined) throw new Error("The run has no proxy")
  killProcess(proxy, "SIGSTOP")
  using resumed = new DisposableStack()
  resumed.defer(() => void killProcess(proxy, "SIGCONT"))
  run.write("\n")
  await run.untilStdout(/more than a second/)
  resumed.dispose()
  expect((await run.result).stdout).toContain("the name: found\n")
})

// biome-ignore format: a table
test.each([
  [["dashboard", "--once"]],
  [["list"]],
  [["list", "--watch"]],
  [["events", "--json"]],
  [["logs", "x"]],
  [["kill", "x"]],
  [["budget", "set", "host", "claude", "5M"]],
  [["supervise"]],
  [["cleanup", "--dry-run"]],
])("%j: a shared ledger that does not answer is named after two seconds", async (args) => {
  using silent = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => {} } })
  const address = `127.0.0.1:${silent.port}/fleet`
  await using host = await openCliHost({ env: { BOT_BOTTLE_LEDGER: `postgres://ada@${address}` } })
  await using command = host.start(...args)
  const line = `bot-bottle: waiting for the shared ledger ${address}\n`
  await waitFor("the line", () => command.stderr.includes(line))
  // A second later a command may give up.
  expect(command.stderr.split(line)[0]).not.toContain("error")
})
