// `reload`: a running run's proxy obeys what manifests, settings and credentials say now, and
// continues as it was when they say nothing that can be obeyed.

import { expect, test } from "bun:test"
import { readJson, runProgram, within } from "@bot-bottle/testkit"
import { agentIn, CLI, type CliHost, openCliHost, REAL_KEY, scriptBottle } from "./cli-host.ts"

/** `ask` asks the provider; any other line is a host to reach. A listed one that is not there is a 502. */
const ON_DEMAND = `
  console.log("working")
  const reach = (host) => fetch("https://" + host + "/", { proxy: "http://127.0.0.1:3128" })
  for await (const line of console)
    if (line) console.log(line, await (line === "ask" ? ask() : reach(line)).then((r) => r.status, () => "refused"))`
const ROUTE = "egress:\n  routes:\n    - host: docs.example.com\n"

test("hosts and credentials that a manifest has gained or lost hold at once, and are in the audit trail", async () => {
  await using host = await openHost()
  await using program = host.start("start", "impl", "--headless", "--prompt", "x")
  await program.untilStdout(/working/)
  const slug = await slugOf(host)
  program.write("docs.example.com\n")
  await program.untilStdout(/docs.example.com 403/)

  await host.write("bottles/dev.md", scriptBottle(ON_DEMAND, ROUTE))
  const env = { ...host.env, ANTHROPIC_API_KEY: "sk-ant-api03-another-key-of-the-operators-1111" }
  const reloaded = await runProgram([...CLI, "reload", slug], { cwd: host.cwd, env })
  expect(reloaded).toEqual({
    exitCode: 0,
    stdout: `${slug}: + allow https://docs.example.com:443\n${slug}: reloaded\n`,
    stderr: "",
  })
  program.write("docs.example.com\nask\n")
  await program.untilStdout(/docs.example.com 502\nask 200/)
  expect(host.standIn.received.at(-1)?.headers["x-api-key"]).toBe("sk-ant-api03-another-key-of-the-operators-1111")

  await host.write("bottles/dev.md", scriptBottle(ON_DEMAND))
  expect((await host.run("reload", slug)).stdout).toBe(
    `${slug}: - allow https://docs.example.com:443\n${slug}: reloaded\n`,
  )
  program.write("docs.example.com\nask\n")
  await program.untilStdout(/docs.example.com 403\nask 200/)
  expect(host.standIn.received.at(-1)?.headers["x-api-key"]).toBe(REAL_KEY)
  program.closeStdin()
  expect((await program.result).exitCode).toBe(0)

  const audit = readJson((await host.run("audit", "--json")).stdout, [{ kind: "string", detail: "object" }])
  expect(audit.map(({ kind, detail }) => [kind, detail])).toEqual([
    ["reload", { added: ["allow https://docs.example.com:443"], removed: [], policyHash: expect.any(String) }],
    ["reload", { added: [], removed: ["allow https://docs.example.com:443"], policyHash: expect.any(String) }],
  ])
})

// biome-ignore format: a table
test.each([
  ["a manifest with a mistake", scriptBottle(ON_DEMAND, "egress:\n  routes:\n    - host: docs.example.com\n    - hots: x\n"), /unknown key 'hots'/],
  ["a credential that is not set", scriptBottle(ON_DEMAND, `${ROUTE}      auth: { scheme: Bearer, token_ref: NOT_SET }\n`),  /token_ref 'NOT_SET' is not set/],
  ["another provider",          "---\n---\n",                                                                             /bottles now say claude/],
] as const)("INV-55: %s is an error, and the run continues as it was", async (_, bottle, message) => {
  await using host = await openHost()
  await using program = host.start("start", "impl", "--headless", "--prompt", "x")
  await program.untilStdout(/working/)
  const slug = await slugOf(host)
  await host.write("bottles/dev.md", bottle)
  const refused = await host.run("reload", slug)
  expect([refused.exitCode, message.test(refused.stderr)]).toEqual([1, true])
  program.write("docs.example.com\nask\n")
  await program.untilStdout(/docs.example.com 403\nask 200/)
  program.closeStdin()
  await within("the run to end", program.result, { describe: () => program.stderr })
  expect(JSON.parse((await host.run("audit", "--json")).stdout)).toEqual([])
})

test("a run that is not running cannot be reloaded", async () => {
  await using host = await openHost()
  expect(await host.run("reload", "impl-abc12")).toMatchObject({ exitCode: 1, stdout: "" })
})

async function openHost(): Promise<CliHost> {
  const host = await openCliHost()
  await host.write("bottles/dev.md", scriptBottle(ON_DEMAND))
  await host.write("agents/impl.md", agentIn("dev"))
  return host
}

async function slugOf(host: CliHost): Promise<string> {
  const [run] = readJson((await host.run("list", "--json")).stdout, [{ slug: "string" }])
  return run?.slug ?? ""
}

test("parts that only a resume takes are named: limits, environment, the operator's CA", async () => {
  await using host = await openHost()
  await using program = host.start("start", "impl", "--headless", "--prompt", "x")
  await program.untilStdout(/working/)
  const slug = await slugOf(host)
  await host.write("bottles/dev.md", scriptBottle(ON_DEMAND, 'limits: { pids: 300 }\nenv: { CI: "1" }\n'))
  await host.write("ca.pem", `${host.standIn.caPem}\n`)
  const { stdout, stderr } = await host.run("reload", slug)
  expect([stdout, stderr]).toEqual([
    `${slug}: reloaded\n`,
    "bot-bottle: changed as well, in force only once the run is resumed: limits, env, upstream_ca; " +
      `to do that: bot-bottle freeze ${slug} && bot-bottle resume ${slug}\n`,
  ])
  program.closeStdin()
})
