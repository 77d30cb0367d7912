// The operator's side of supervise, through the command line: questions stand in the ledger as a
// run's proxy writes them, and real commands answer them.

import { expect, test } from "bun:test"
import { chmodSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { Ask } from "@bot-bottle/contracts"
import { type Ledger, openLedger } from "@bot-bottle/ledger"
import { openTerminal, runProgram } from "@bot-bottle/testkit"
import { agentIn, CLI, type CliHost, openCliHost, scriptBottle } from "../cli/cli-host.ts"

const WAITING = `
  console.log("working")
  for await (const line of console) if (line) console.log(line, await reach(line))`
const REACH = `const reach = (host) => fetch("https://" + host + "/", { proxy: "http://127.0.0.1:3128" })
  .then((r) => r.status, () => "refused")\n`

const READ: Ask = { kind: "route", host: "docs.example.com", methods: ["GET"] }
const WRITE: Ask = { kind: "route", host: "api.example.com", methods: ["POST"] }
const MORE: Ask = { kind: "budget", provider: "claude", tokens: 1_000 }

test("a question is listed, approved once, and stands in the audit trail with its actors", async () => {
  await using setting = await openSetting()
  const { host, slug } = setting
  await setting.ask(READ, "the manual\u001b[2J of the library")
  expect((await host.run("supervise", "--once")).stdout).toMatch(
    new RegExp(`1 +\\d+s +route +GET docs.example.com +${slug} +the manual�\\[2J of the library`),
  )
  const [row] = JSON.parse((await host.run("supervise", "--json")).stdout)
  expect(row).toMatchObject({ id: 1, slug, kind: "route", ask: READ, state: "pending", answered_by: null })

  const approved = await host.run("supervise", "approve", "1", "--for", "run")
  expect(approved).toEqual({ exitCode: 0, stdout: `#1 approved (run): GET docs.example.com for ${slug}\n`, stderr: "" })
  const again = await host.run("supervise", "reject", "#1", "--reason", "no")
  expect([again.exitCode, again.stdout]).toEqual([1, ""])
  expect(again.stderr).toContain("question #1 waits no more: approved (run) by ana")
  expect((await host.run("supervise", "--once")).stderr).toContain("Nobody waits for you.")
  const [answered] = JSON.parse((await host.run("supervise", "--all", "--json")).stdout)
  expect(answered).toMatchObject({ state: "approved", duration: "run", answered_by: "ana", granted: READ })
  const audit = JSON.parse((await host.run("audit", "--json")).stdout)
  expect(audit.slice(-2).map(({ kind, actor }: Record<string, string>) => [kind, actor])).toEqual([
    ["proposal-asked", "agent"],
    ["proposal-approved", "ana"],
  ])
  expect((await host.run("audit", "--verify")).exitCode).toBe(0)
})

// biome-ignore format: a table
test.each([
  // ask    arguments                                          exit  stderr holds
  [READ,    ["approve", "1"],                                  2, "--for once|run|always"],
  [READ,    ["approve", "1", "--for", "ever"],                 2, "invalid --for 'ever'"],
  [READ,    ["approve", "9", "--for", "run"],                  1, "there is no question #9"],
  [READ,    ["approve", "one", "--for", "run"],                2, "invalid number 'one' of a question"],
  [READ,    ["approve", "1", "--for", "always"],               2, "this needs a confirmation"],
  [WRITE,   ["approve", "1", "--for", "run"],                  2, "an approval needs a reason: this lets the agent send data to a host that its bottle does not list"],
  [MORE,    ["approve", "1", "--for", "always"],               2, "question #1 cannot be approved for always"],
  [READ,    ["reject", "1"],                                   2, "a rejection needs a reason"],
  [READ,    ["answer", "bbq_forged"],                          1, "invalid token"],
] as const)("%j: supervise %j is refused, and the question still waits", async (ask, args, exitCode, words) => {
  await using setting = await openSetting()
  await setting.ask(ask)
  const refused = await setting.host.run("supervise", ...args)
  expect([refused.exitCode, refused.stderr]).toEqual([exitCode, expect.stringContaining(words)])
  expect((await setting.ledger.pendingProposals()).map(({ id }) => id)).toEqual([1])
})

test("always: the bottle's lines are shown, written, and the running run reaches the host", async () => {
  await using setting = await openSetting()
  const { host, slug } = setting
  await setting.ask(READ)
  const approved = await host.run("supervise", "approve", "1", "--for", "always", "--yes")
  expect(approved.stderr).toBe("")
  expect(approved.stdout).toContain("host: docs.example.com")
  expect(approved.stdout).toContain(`#1 approved (always): GET docs.example.com for ${slug}\n`)
  expect(approved.stdout).toEndWith(`${slug}: reloaded\n`)
  expect(readFileSync(join(host.root, "bottles/dev.md"), "utf8")).toContain("matches: [{ methods: [GET] }]")
  setting.program.write("docs.example.com\n")
  // The name has no address here; before, the answer was 403.
  await setting.program.untilStdout(/docs.example.com 502/)
})

test("a budget raise sets the run's own limit, never above the ceiling, and wants a reason above the host's", async () => {
  await using setting = await openSetting("budget:\n  claude: 5000\nceiling:\n  claude: 8000\n")
  const { host, slug } = setting
  await setting.ask(MORE)
  expect((await host.run("supervise", "approve", "1")).stderr).toContain("more than the host's budget has left")
  const raised = await host.run("supervise", "approve", "1", "--reason", "the last files")
  expect([raised.exitCode, raised.stdout]).toEqual([
    0,
    `#1 approved (run): 1,000 more tokens of claude for ${slug}\nrun:${slug} claude: 6,000 tokens\n`,
  ])
  await setting.ask({ ...MORE, tokens: 2_001 })
  const above = await host.run("supervise", "approve", "2", "--reason", "x")
  expect([above.exitCode, above.stderr]).toEqual([
    1,
    expect.stringContaining("the ceiling of claude has room for 2,000 more tokens, not 2,001"),
  ])
  expect(await setting.ledger.listBudgets()).toEqual([
    { scope: { kind: "run", key: slug }, provider: "claude", limitTokens: 6_000, window: "total", source: "operator" },
  ])
})

test("edit grants what the editor leaves, and nothing of another kind", async () => {
  await using setting = await openSetting("", { VISUAL: "" })
  const { host } = setting
  await setting.ask({ kind: "route", host: "docs.example.com" })
  const edit = async (script: string) => {
    const editor = join(host.root, "editor.sh")
    await Bun.write(editor, `#!/bin/sh\n${script}\n`)
    chmodSync(editor, 0o755)
    return setting.run({ EDITOR: editor }, "supervise", "edit", "1", "--for", "run")
  }
  const other = await edit(`echo '{"kind":"budget","provider":"claude","tokens":5}' > "$1"`)
  expect([other.exitCode, other.stderr]).toEqual([1, expect.stringContaining("nothing was granted: 'kind' stays")])
  const address = await edit(`echo '{"kind":"route","host":"10.0.0.1"}' > "$1"`)
  expect([address.exitCode, address.stderr]).toEqual([1, expect.stringContaining("an agent cannot ask for an address")])
  expect((await edit(`: > "$1"`)).stderr).toContain("Cancelled")
  const narrowed = await edit(`echo '{"kind":"route","host":"docs.example.com","methods":["get"]}' > "$1"`)
  expect([narrowed.stderr, narrowed.stdout]).toEqual([
    "",
    expect.stringContaining("#1 approved (run): GET docs.example.com"),
  ])
})

test("info shows what was approved for a run, and edit --adopt writes its routes into the bottle", async () => {
  await using setting = await openSetting("budget:\n  claude: 5000\n")
  const { host, slug } = setting
  const paths = ["/v1/", "/v2/"]
  await setting.ask({ ...READ, paths })
  await setting.ask({ kind: "hold", cause: "host-not-allowed", host: "mirror.example.com", port: 8443, method: "GET" })
  await setting.ask({ kind: "route", host: "once.example.com", methods: ["GET"] })
  await host.run("supervise", "approve", "1", "--for", "run", "--reason", "the manual")
  await host.run("supervise", "approve", "2", "--for", "run")
  await host.run("supervise", "approve", "3", "--for", "once")
  await setting.ask(MORE)
  await host.run("supervise", "approve", "4", "--reason", "x")

  const info = JSON.parse((await host.run("info", slug, "--json")).stdout)
  expect(info.map(({ kind, name }: Record<string, string>) => [kind, name])).toEqual([
    ["agent", "impl"],
    ["bottle", "dev"],
    ["run", slug],
  ])
  expect(info[2].values.map(({ key, value }: Record<string, string>) => [key, value])).toEqual([
    ["egress", expect.stringMatching(/^open: \d+ requests, \d+ denied, 0 streams open, 0 waiting for you$/)],
    ["route (run)", "GET docs.example.com{/v1/,/v2/}"],
    ["hold (run)", "GET mirror.example.com:8443"],
    ["route (once)", "GET once.example.com"],
    ["budget (run)", "1,000 more tokens of claude"],
  ])
  expect(info[2].values[1].origin).toMatch(/^question #1, ana at .*: the manual$/)

  const unasked = await host.run("edit", "--adopt", slug)
  expect([unasked.exitCode, unasked.stderr]).toEqual([2, expect.stringContaining(`edit --adopt ${slug} --yes`)])
  const adopted = await host.run("edit", "--adopt", slug, "--yes")
  expect([adopted.exitCode, adopted.stderr]).toEqual([0, ""])
  const bottle = readFileSync(join(host.root, "bottles/dev.md"), "utf8")
  expect(bottle).toContain("- host: docs.example.com\n      matches: [{ methods: [GET], paths: [")
  expect(bottle).toContain("- host: mirror.example.com\n      port: 8443\n")
  expect(bottle).not.toContain("once.example.com")
  expect((await host.run("edit", "--adopt", slug, "--yes")).stdout).toBe("dev: unchanged\n")
})

test("of two answers at once one counts, and the other is told", async () => {
  await using setting = await openSetting()
  const { host } = setting
  for (let round = 1; round <= 3; round++) {
    await setting.ask({ ...READ, paths: [`/${round}`] })
    const results = await Promise.all([
      host.run("supervise", "approve", String(round), "--for", "run"),
      host.run("supervise", "reject", String(round), "--reason", "no"),
    ])
    expect(results.map(({ exitCode }) => exitCode).sort()).toEqual([0, 1])
  }
  const answers = (await setting.ledger.listAudit()).filter(({ kind }) => /^proposal-(approved|rejected)$/.test(kind))
  expect(answers).toHaveLength(3)
})

test("on a terminal the list is answered question by question", async () => {
  await using setting = await openSetting()
  await setting.ask(READ, "the manual")
  const { cwd, env } = setting.host
  await using terminal = await openTerminal([...CLI, "supervise"], { cwd, env })
  await terminal.untilScreen(/#1 route {2}GET docs.example.com/)
  await terminal.press("Enter")
  await terminal.untilScreen(/the manual[\s\S]*approve, once/)
  await terminal.press("Enter")
  await terminal.untilScreen(/#1 approved \(once\)/)
  await terminal.untilScreen(/Nobody waits for you/)
})

test("on a terminal a risky approval asks for its reason, and a rejection for the agent's", async () => {
  await using setting = await openSetting()
  await setting.ask(WRITE)
  await setting.ask(READ)
  const { cwd, env } = setting.host
  await using terminal = await openTerminal([...CLI, "supervise"], { cwd, env })
  await terminal.untilScreen(/#1 route {2}POST api.example.com/)
  await terminal.press("Enter")
  await terminal.untilScreen(/approve, once/)
  await terminal.press("Enter")
  await terminal.untilScreen(/send data to a host[\s\S]*Reason to approve it/)
  await terminal.enter("the release")
  await terminal.untilScreen(/#1 approved \(once\)[\s\S]*#2 route/)
  await terminal.press("Enter")
  await terminal.untilScreen(/#2 of [\s\S]*leave it for now/)
  for (let steps = 0; steps < 4; steps++) await terminal.press("Down")
  await terminal.press("Enter")
  await terminal.untilScreen(/Reason, for the agent/)
  await terminal.enter("use the mirror")
  await terminal.untilScreen(/#2 rejected/)
  const answers = await setting.ledger.answersAfter(setting.slug, 0)
  expect(answers.map(({ answer }) => [answer.decision, answer.reason])).toEqual([
    ["approved", "the release"],
    ["rejected", "use the mirror"],
  ])
})

test("the dashboard counts who waits, shows what a yes would open, and answers by the command it names", async () => {
  await using setting = await openSetting()
  await setting.ask(READ, "the manual")
  const { cwd, env } = setting.host
  await using terminal = await openTerminal([...CLI, "dashboard"], { cwd, env })
  await terminal.untilScreen(/1 waiting/)
  await terminal.press("u")
  await terminal.untilScreen(/GET docs.example.com[\s\S]*"the manual"[\s\S]*- host: docs.example.com/)
  await terminal.press("r")
  await terminal.untilScreen(/supervise approve 1 --for run/)
  // A dialog takes no answer in its first moments.
  await Bun.sleep(200)
  await terminal.press("Enter")
  await terminal.untilScreen(/#1 approved \(run\)/)
  await terminal.untilScreen(/Nobody waits for you/)
  const [answered] = await setting.ledger.answersAfter(setting.slug, 0)
  expect(answered?.answer).toMatchObject({ decision: "approved", channel: "dashboard", actor: "ana" })
  await terminal.press("q")
})

async function openSetting(settings = "", env: Readonly<Record<string, string>> = {}) {
  const host = await openCliHost({ settings, env: { BOT_BOTTLE_OPERATOR: "ana", ...env } })
  await host.write("bottles/dev.md", scriptBottle(`${REACH}${WAITING}`))
  await host.write("agents/impl.md", agentIn("dev"))
  const program = host.start("start", "impl", "--headless", "--prompt", "x")
  await program.untilStdout(/working/)
  const ledger: Ledger = await openLedger(join(host.root, "bot-bottle.db"))
  const slug = (await ledger.listRuns({ all: false }))[0]?.slug ?? ""
  return {
    host,
    program,
    ledger,
    slug,
    ask: (ask: Ask, why = "needed") => ledger.propose({ slug, ask, why, lifetimeMs: 3_600_000 }, { actor: "agent" }),
    run: (more: Readonly<Record<string, string>>, ...args: readonly string[]) => runIn(host, more, args),
    async [Symbol.asyncDispose]() {
      program.closeStdin()
      await program.result
      await ledger.close()
      await host[Symbol.asyncDispose]()
    },
  }
}

async function runIn(host: CliHost, more: Readonly<Record<string, string>>, args: readonly string[]) {
  return runProgram([...CLI, ...args], { cwd: host.cwd, env: { ...host.env, ...more } })
}
