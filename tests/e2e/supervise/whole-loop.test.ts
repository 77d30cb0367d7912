// The whole way of a question: the agent asks from its bottle, the operator answers by a command,
// and the run obeys at once, also after a freeze.

import { expect, test } from "bun:test"
import { join } from "node:path"
import { startStandIn } from "@bot-bottle/stand-in"
import type { Program } from "@bot-bottle/testkit"
import { readJson } from "@bot-bottle/testkit"
import { agentIn, type CliHost, openCliHost, scriptBottle } from "../cli/cli-host.ts"

const ASKING = "supervise: true\negress: { on_unlisted: refuse }\n"
const HOLDING = "supervise: true\negress: { on_unlisted: ask }\n"
const SCRIPT = `
const { spawnSync } = require("node:child_process")
console.log("working")
let n = 0
for await (const line of console) {
  const [verb, ...rest] = line.trim().split(" ")
  if (verb === "ask") console.log("TOLD " + ++n + " " + spawnSync("ask", rest, { encoding: "utf8" }).stdout.trim().replaceAll("\\n", " | "))
  if (verb === "spend") for (let status = 200, n = 0; status === 200 && n < 9; n++) {
    status = await ask().then((r) => r.text().then(() => r.status))
    console.log("SPENT " + status)
  }
  if (verb === "get") fetch("https://" + rest[0] + "/").then((r) => console.log("GOT " + rest[0] + " " + r.status), () => console.log("GOT " + rest[0] + " nothing"))
}`

test("a route that is approved for the run is open when the command returns, and after a freeze; the agent reads a refusal's reason", async () => {
  await using setting = await openSetting(ASKING)
  const { host, slug, program } = setting
  await get(program, 403)
  program.write("ask route far.example.com --method GET --why docs\n")
  await program.untilStdout(/TOLD 1 pending #1/)
  const approved = await host.run("supervise", "approve", "1", "--for", "run")
  expect([approved.exitCode, approved.stderr]).toEqual([0, ""])
  // Sooner than the proxy looks by itself.
  await get(program, 404)

  program.write("ask route other.example.com --why more\n")
  await program.untilStdout(/TOLD 2 pending #2/)
  await host.run("supervise", "reject", "2", "--reason", "use the mirror")
  program.write("ask status\n")
  await program.untilStdout(/TOLD 3 .*use the mirror/)

  expect((await host.run("freeze", slug)).exitCode).toBe(0)
  await program.result
  const resumed = host.start("resume", slug, "--headless", "--prompt", "x")
  await resumed.untilStdout(/working/)
  await get(resumed, 404)
  resumed.closeStdin()
  expect((await resumed.result).exitCode).toBe(0)
})

test("a request that waits goes through when it is approved, and is refused when it is not", async () => {
  await using setting = await openSetting(HOLDING)
  const { host, program } = setting
  program.write("get far.example.com\n")
  const question = await setting.untilAsked()
  expect(question).toMatchObject({ kind: "hold", ask: { host: "far.example.com" } })
  expect((await host.run("supervise", "approve", `${question.id}`, "--for", "once")).stderr).toBe("")
  await program.untilStdout(/GOT far.example.com 404/)
  program.write("get other.example.com\n")
  const other = await setting.untilAsked()
  expect((await host.run("supervise", "reject", `${other.id}`, "--reason", "no")).stderr).toBe("")
  await program.untilStdout(/GOT other.example.com 403/)
  expect(setting.far.received.length).toBe(1)
})

test("a run that has spent its budget asks for more, and continues once it has them and its network", async () => {
  await using setting = await openSetting(ASKING, ["--budget", "150"])
  const { host, slug, program } = setting
  program.write("spend\n")
  await program.untilStdout(/SPENT 402/)
  program.write("ask budget claude 1k --why more\n")
  await program.untilStdout(/TOLD 1 pending #1/)
  const approved = await host.run("supervise", "approve", "1")
  expect(approved.stdout).toBe(
    `#1 approved (run): 1,000 more tokens of claude for ${slug}\nrun:${slug} claude: 150 → 1,150 tokens\n`,
  )
  expect(approved.stderr).toContain(`bot-bottle restore ${slug}`)
  expect((await host.run("restore", slug)).exitCode).toBe(0)
  program.write("spend\n")
  await program.untilStdout(/SPENT 402[\s\S]*SPENT 200/)
})

async function get(program: Program, status: number): Promise<void> {
  const from = `GOT far.example.com ${status}`
  program.write("get far.example.com\n")
  await program.untilStdout(new RegExp(from))
}

async function openSetting(more: string, flags: readonly string[] = []) {
  const far = await startStandIn({ hosts: ["far.example.com"] })
  const host: CliHost = await openCliHost()
  await host.write("ca.pem", `${host.standIn.caPem}\n${far.caPem}`)
  const settings = await Bun.file(join(host.root, "settings.yml")).text()
  await host.write("settings.yml", settings.replace("resolve:\n", `resolve:\n  far.example.com: ${far.address}\n`))
  await host.write("bottles/dev.md", scriptBottle(SCRIPT, more))
  await host.write("agents/impl.md", agentIn("dev"))
  const program = host.start("start", "impl", "--headless", "--prompt", "x", ...flags)
  await program.untilStdout(/working/)
  const slug = readJson((await host.run("list", "--json")).stdout, [{ slug: "string" }])[0]?.slug ?? ""
  return {
    host,
    program,
    slug,
    far,
    async untilAsked() {
      for (;;) {
        const [first] = JSON.parse((await host.run("supervise", "--json")).stdout)
        if (first !== undefined) return first
      }
    },
    async [Symbol.asyncDispose]() {
      program.closeStdin()
      await program.result
      await host[Symbol.asyncDispose]()
      await far[Symbol.asyncDispose]()
    },
  }
}
