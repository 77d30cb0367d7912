// `notify`: a running run's question reaches the operator's program, and an answer from outside
// reaches the run.

import { expect, test } from "bun:test"
import { chmodSync, existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { type Ledger, openLedger } from "@bot-bottle/ledger"
import { readJson, runProgram, waitFor } from "@bot-bottle/testkit"
import { agentIn, CLI, type CliHost, openCliHost, scriptBottle } from "../cli/cli-host.ts"

const WAITING = `console.log("working"); for await (const line of console) console.log(line)`

test("the program gets the question with its tokens; one answers, and the rest are refused", async () => {
  await using setting = await openSetting((host) => `notify: [${join(host, "ask.sh")}, question]`)
  const { host, slug } = setting
  await setting.ask()
  const got = join(host.root, "got.json")
  await waitFor("the question", () => existsSync(got) && readFileSync(got, "utf8").endsWith("\n"))
  const question = JSON.parse(readFileSync(got, "utf8"))
  expect(question).toMatchObject({ id: 1, slug, summary: "GET docs.example.com", why: "the manual", agent: "impl" })
  expect(readFileSync(join(host.root, "argv.txt"), "utf8")).toBe("question\n")

  // As a gateway would: the token on stdin, where no other process sees it.
  const answered = await runProgram([...CLI, "supervise", "answer", "-"], {
    ...{ cwd: host.cwd, env: host.env, stdin: `${question.tokens.approve_run}\n` },
  })
  expect([answered.stderr, answered.stdout]).toEqual(["", `#1 approved (run): GET docs.example.com for ${slug}\n`])
  for (const token of [question.tokens.approve_run, question.tokens.reject]) {
    const replayed = await host.run("supervise", "answer", token)
    expect([replayed.exitCode, replayed.stderr]).toEqual([1, expect.stringContaining("answered already")])
  }
  const forged = await host.run("supervise", "answer", `${question.tokens.reject.slice(0, -1)}-`)
  expect([forged.exitCode, forged.stderr]).toEqual([1, expect.stringContaining("invalid token")])
  const refusals = (await setting.ledger.listAudit()).filter(({ kind }) => kind === "proposal-token-refused")
  expect(refusals.map(({ actor, detail }) => [actor, detail["reason"]])).toEqual([
    ["ana", "answered"],
    ["ana", "answered"],
    ["ana", "unknown-token"],
  ])
})

test("a program that fails stops nothing: the run lives, the question stands, and the operator is told", async () => {
  await using setting = await openSetting(() => "notify: [no-such-program]")
  await setting.ask()
  await waitFor("the try to send it", async () =>
    (await setting.ledger.listAudit()).some(({ kind }) => kind === "proposal-sent"),
  )
  setting.program.write("still here\n")
  await setting.program.untilStdout(/still here/)
  expect(await setting.ledger.pendingProposals()).toHaveLength(1)
  setting.program.closeStdin()
  const { exitCode, stderr } = await setting.program.result
  expect([exitCode, stderr]).toEqual([
    0,
    expect.stringContaining(
      "question #1 was not sent by 'notify': there is no program 'no-such-program'; trying again",
    ),
  ])
})

test("two runs in the background: each question reaches the web address once, with its own run", async () => {
  const received: { readonly id: number; readonly slug: string }[] = []
  await using server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      received.push(readJson(await request.text(), { id: "number", slug: "string" }))
      return new Response()
    },
  })
  await using setting = await openSetting(() => `notify: http://127.0.0.1:${server.port}/T0`)
  const { host, ledger } = setting
  for (const label of ["one", "two"]) {
    const args = ["start", "still", "--headless", "--prompt", "x", "--detach", "--label", label]
    expect((await host.run(...args)).exitCode).toBe(0)
  }
  const background = (await ledger.listRuns({ all: false })).filter(({ slug }) => slug !== setting.slug)
  for (const { slug } of background) await setting.ask(slug)
  await waitFor("both questions", () => received.length >= 2)
  // By then the launchers have looked again.
  await setting.ask()
  await waitFor("the third question", () => received.some(({ slug }) => slug === setting.slug))
  const expected = [...background.map(({ slug }) => slug), setting.slug].sort()
  expect(received.map(({ slug }) => slug).sort()).toEqual(expected)
  for (const { slug } of background) expect((await host.run("kill", slug)).exitCode).toBe(0)
})

async function openSetting(settings: (root: string) => string) {
  const host: CliHost = await openCliHost({ env: { BOT_BOTTLE_OPERATOR: "ana" } })
  const file = join(host.root, "settings.yml")
  await host.write("settings.yml", `${readFileSync(file, "utf8")}${settings(host.root)}\n`)
  const script = join(host.root, "ask.sh")
  await Bun.write(script, `#!/bin/sh\necho "$1" > argv.txt\ncat > got.json\n`)
  chmodSync(script, 0o700)
  await host.write("bottles/dev.md", scriptBottle(WAITING))
  await host.write("agents/impl.md", agentIn("dev"))
  await host.write("bottles/still.md", scriptBottle("setInterval(() => {}, 60_000)"))
  await host.write("agents/still.md", agentIn("still"))
  const program = host.start("start", "impl", "--headless", "--prompt", "x")
  await program.untilStdout(/working/)
  const ledger: Ledger = await openLedger(join(host.root, "bot-bottle.db"))
  const slug = (await ledger.listRuns({ all: false }))[0]?.slug ?? ""
  const ask = { kind: "route", host: "docs.example.com", methods: ["GET"] } as const
  return {
    host,
    program,
    ledger,
    slug,
    ask: (of = slug) => ledger.propose({ slug: of, ask, why: "the manual", lifetimeMs: 3_600_000 }, { actor: "agent" }),
    async [Symbol.asyncDispose]() {
      program.closeStdin()
      await program.result
      await ledger.close()
      await host[Symbol.asyncDispose]()
    },
  }
}
