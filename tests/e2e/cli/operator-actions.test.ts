// An operator's actions on a live run: cut it off, open it again, look at it.

import { expect, test } from "bun:test"
import { renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { EGRESS_FILES, runFolders } from "@bot-bottle/contracts"
import { killProcess } from "@bot-bottle/kernel"
import { openLedger } from "@bot-bottle/ledger"
import { readJson } from "@bot-bottle/testkit"
import { agentIn, type CliHost, openCliHost, scriptBottle } from "./cli-host.ts"

/** Asks once for every line on stdin. */
const ON_DEMAND =
  "console.log('working'); for await (const line of console) if (line) console.log(line, (await ask()).status)"

test("cutoff closes egress while the agent lives; restore opens it; both are in the audit trail", async () => {
  await using host = await openHost(ON_DEMAND)
  await using program = host.start("start", "impl", "--headless", "--prompt", "x")
  await program.untilStdout(/working/)
  const slug = await slugOf(host)

  program.write("one\n")
  await program.untilStdout(/one 200/)
  expect(await host.run("cutoff", slug)).toEqual({ exitCode: 0, stdout: `${slug}: network cut off\n`, stderr: "" })
  program.write("two\n")
  await program.untilStdout(/two 402/)
  expect((await host.run("list", "--json")).stdout).toContain('"status": "cut"')
  expect((await host.run("list")).stdout).toContain("  cut (operator)  ")

  expect(await host.run("restore", slug)).toEqual({ exitCode: 0, stdout: `${slug}: network restored\n`, stderr: "" })
  program.write("three\n")
  await program.untilStdout(/three 200/)
  program.closeStdin()
  expect((await program.result).exitCode).toBe(0)

  expect(host.standIn.bill.length).toBe(2)
  const audit = JSON.parse((await host.run("audit", "--json")).stdout)
  expect(audit.map(({ kind }: { kind: string }) => kind)).toEqual([
    "cutoff-requested",
    "cutoff-done",
    "restore-requested",
    "restore-done",
  ])
  expect(Object.keys(audit[0])).toEqual(["seq", "at", "slug", "kind", "actor", "detail", "prev_hash", "hash", "host"])
  expect((await host.run("audit", "--verify")).stdout).toBe("audit intact: 4 rows\n")
  expect((await host.run("logs", slug, "--egress")).stdout).toContain(
    "denied cut-off  POST api.anthropic.com:443/v1/messages",
  )
  // After the proxy rotated its log, the earlier half is still shown, and first.
  const { egress } = runFolders(host.root, slug)
  renameSync(join(egress, EGRESS_FILES.events), join(egress, EGRESS_FILES.earlierEvents))
  writeFileSync(
    join(egress, EGRESS_FILES.events),
    '{"at":"later","kind":"denied","reason":"host-not-allowed","host":"evil.example","port":443}\n{"at":"cut of\x1b',
  )
  const rotated = (await host.run("logs", slug, "--egress")).stdout.trimEnd().split("\n")
  expect(rotated[0]).toContain("denied cut-off  POST api.anthropic.com:443/v1/messages")
  const grouped = (await host.run("logs", slug, "--egress", "--by", "host", "--since", "1h")).stdout
  expect(grouped).toMatch(/^evil\.example:443 +×1 {2}denied host-not-allowed/m)
  expect((await host.run("logs", slug, "--egress", "--tail", "1")).stdout.trimEnd().split("\n")).toHaveLength(1)
  expect((await host.run("logs", slug, "--tail", "1")).exitCode).toBe(2)
  expect(rotated.slice(-2)).toEqual([
    "--:--:--  denied host-not-allowed  CONNECT evil.example:443",
    '{"at":"cut of\ufffd',
  ])
})

test("the audit trail says who set, unset and reset a budget", async () => {
  await using host = await openCliHost({ env: { USER: "ann" } })
  await host.run("budget", "set", "host", "claude", "5M")
  await host.run("budget", "unset", "host", "claude")
  await host.run("budget", "reset", "--all")
  const audit = JSON.parse((await host.run("audit", "--json")).stdout)
  expect(audit.map(({ kind, actor }: { kind: string; actor: string }) => [kind, actor])).toEqual([
    ["budget-set", "ann"],
    ["budget-unset", "ann"],
    ["budget-reset", "ann"],
  ])
})

test("a run is named by its slug, a prefix, its label or @last; a name that fits several is refused with them", async () => {
  await using host = await openHost("console.log(await ask().then(({ status }) => status))")
  for (const [label, workspace] of [
    ["fix login", "--cwd"],
    ["fix docs", "--empty"],
  ] as const) {
    // The only agent need not be named.
    const argv = ["start", "--headless", "--prompt", "x", workspace, "--label", label]
    expect((await host.run(...argv)).exitCode).toBe(0)
  }
  const runs = readJson((await host.run("list", "--all", "--json")).stdout, [{ slug: "string", label: "string" }])
  const slugOfLabel = (label: string) => runs.find((run) => run.label === label)?.slug ?? ""
  const [login, docs] = [slugOfLabel("fix login"), slugOfLabel("fix docs")]
  const killed = async (name: string) => {
    const { exitCode, stdout } = await host.run("kill", name)
    return { exitCode, stdout }
  }
  const both = await host.run("kill", "fix")
  expect([both.exitCode, both.stdout, both.stderr]).toEqual([
    1,
    "",
    `bot-bottle: error: 'fix' fits 2 runs\nbot-bottle: hint: name one: ${docs}, ${login}\n`,
  ])
  expect((await host.run("logs", "@last")).stdout).toBe("200\n")
  expect((await host.run("logs", "fix login")).stdout).toBe("200\n")
  expect(await killed("@last")).toEqual({ exitCode: 0, stdout: `${docs}: killed\n` })
  expect(await killed(login.slice(0, -2))).toEqual({ exitCode: 0, stdout: `${login}: killed\n` })
})

test("cutoff of a stream that is under way ends it and leaves the agent running", async () => {
  const held = Promise.withResolvers<void>()
  await using host = await openCliHost({
    reply: () => ({
      text: "one two three four five six seven eight",
      usage: { inputTokens: 10, outputTokens: 20, cacheReadTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 },
      beforeEvent: (index) => (index < 4 ? undefined : held.promise),
    }),
  })
  const script = `
    const response = await ask({ stream: true }); let text = ""
    for await (const chunk of response.body) { text += new TextDecoder().decode(chunk); if (text.includes("delta")) console.log("streaming") }
    console.log("ended", /event: error/.test(text), text.includes("cut off") || text.includes("cutoff"))`
  await host.write("bottles/dev.md", scriptBottle(script))
  await host.write("agents/impl.md", agentIn("dev"))
  await using program = host.start("start", "impl", "--headless", "--prompt", "x")
  await program.untilStdout(/streaming/)

  await host.run("cutoff", await slugOf(host))
  await program.untilStdout(/ended true/)
  expect((await program.result).exitCode).toBe(0)
  held.resolve()
  const { totals } = JSON.parse((await host.run("usage", "--json")).stdout)
  expect([totals.requests, totals.input_tokens]).toEqual([1, 10])
})

test("cutoff of a run whose proxy hangs ends the proxy, and with it the run", async () => {
  await using host = await openHost(ON_DEMAND)
  await using program = host.start("start", "impl", "--headless", "--prompt", "x")
  await program.untilStdout(/working/)
  const run = await runOf(host)
  killProcess(run.proxy!, "SIGSTOP")

  const cut = await host.run("cutoff", run.slug)
  expect([cut.exitCode, cut.stdout.startsWith(`${run.slug}: its proxy did not answer`)]).toEqual([0, true])
  expect((await program.result).exitCode).toBe(1)
})

test("restore while the budget is still gone is refused; with a raised budget it opens", async () => {
  await using host = await openCliHost({
    reply: () => ({
      text: "ok",
      usage: { inputTokens: 50, outputTokens: 50, cacheReadTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 },
    }),
  })
  await host.write("bottles/dev.md", scriptBottle(ON_DEMAND))
  await host.write("agents/impl.md", "---\nbottle: dev\nbudget: { claude: 100 }\n---\n")
  await host.write("settings.yml", `${await Bun.file(join(host.root, "settings.yml")).text()}gate: off\n`)
  await using program = host.start("start", "impl", "--headless", "--prompt", "x")
  await program.untilStdout(/working/)
  const slug = await slugOf(host)
  program.write("one\n")
  await program.untilStdout(/one 200/)
  program.write("two\n")
  await program.untilStdout(/two 402/)

  const refused = await host.run("restore", slug)
  expect([
    refused.exitCode,
    refused.stderr.includes("no budget left: agent:impl has used 100 of 100 claude tokens"),
  ]).toEqual([1, true])
  await host.run("budget", "set", "agent:impl", "claude", "1M")
  expect((await host.run("restore", slug)).exitCode).toBe(0)
  program.write("three\n")
  await program.untilStdout(/three 200/)
  program.closeStdin()
  await program.result
})

test("two starts at once never share a label; the second is told which it got", async () => {
  await using host = await openHost(ON_DEMAND)
  const programs = [1, 2, 3].map(() => host.start("start", "impl", "--headless", "--prompt", "x", "--label", "same"))
  for (const program of programs) await program.untilStdout(/working/)
  const rows = readJson((await host.run("list", "--json")).stdout, [{ slug: "string", label: "string" }])
  expect(rows.map(({ label }) => label).sort()).toEqual(["same", "same-2", "same-3"])
  expect(new Set(rows.map(({ slug }) => slug)).size).toBe(3)
  for (const program of programs) program.closeStdin()
  const said = await Promise.all(programs.map(({ result }) => result))
  expect(said.filter(({ stderr }) => stderr.includes("label 'same' is taken; this run is 'same-")).length).toBe(2)
})

async function openHost(script: string): Promise<CliHost> {
  const host = await openCliHost()
  await host.write("bottles/dev.md", scriptBottle(script))
  await host.write("agents/impl.md", agentIn("dev"))
  return host
}

async function runOf(host: CliHost) {
  const ledger = await openLedger(join(host.root, "bot-bottle.db"))
  const [run] = await ledger.listRuns({ all: true })
  await ledger.close()
  return run!
}

async function slugOf(host: CliHost): Promise<string> {
  return (await runOf(host)).slug
}
