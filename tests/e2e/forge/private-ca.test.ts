// A forge whose certificate ends in a CA of the operator's own: `upstream_ca` covers its API, its Git and
// the checks of doctor. Without that setting each says which setting is missing.

import { expect, test } from "bun:test"
import { mintServerCertificate } from "@bot-bottle/stand-in"
import { readJson, runProgram } from "@bot-bottle/testkit"
import { CLI } from "../cli/cli-host.ts"
import { type ForgeHost, openForgeHost } from "./forge-host.ts"

const AGENT = `
clone
git checkout --quiet -b "$BOT_BOTTLE_BRANCH"
echo green > widget.txt
git add widget.txt && git commit --quiet -m green
git push --quiet origin HEAD
printf 'Closes #1' | forge open-pr --title 'Make it green' --body-file - >/dev/null
forge done success green
`
const UNTRUSTED = "the forge's certificate ends in an unknown root: name its CA as upstream_ca in settings.yml"

test("with upstream_ca the agent clones, pushes and opens a pull request, and doctor finds nothing wrong", async () => {
  const certificate = await mintServerCertificate(["localhost"])
  await using host = await openForgeHost(AGENT, { certificate })
  const { cli, gitea } = host
  await cli.write("ca.pem", `${cli.standIn.caPem}\n${certificate.caPem}`)
  const { number } = host.addIssue()
  const run = await start(host, number)
  expect([run.exitCode, run.stderr]).toEqual([0, expect.stringContaining("posted the summary to #2")])
  expect(gitea.world.issues.get(2)?.comments.length).toBe(1)
  expect(await host.remote.git("for-each-ref", "refs/heads/bot-bottle")).not.toBe("")
  expect((await doctor(host)).filter((row) => row.startsWith("fail"))).toEqual([])
}, 60_000)

test("without it the API and doctor name the setting before anything is started, and nothing is sent to the forge", async () => {
  const certificate = await mintServerCertificate(["localhost"])
  await using host = await openForgeHost("exit 0", { certificate })
  const { cli, gitea } = host
  const { number } = host.addIssue()
  expect(await doctor(host)).toContain(`fail server: GET /version: ${UNTRUSTED}`)
  const options = { cwd: cli.cwd, env: cli.env }
  const serve = await runProgram([...CLI, "orchestrate", "serve", "--listen", "127.0.0.1:0"], options)
  expect([serve.exitCode, serve.stderr]).toEqual([1, expect.stringContaining(UNTRUSTED)])
  const run = await start(host, number)
  expect([run.exitCode, run.stderr]).toEqual([1, expect.stringContaining(UNTRUSTED)])
  expect([gitea.calls, await host.ledger.listRuns({ all: true })]).toEqual([[], []])
}, 60_000)

const CLONER = "git clone http://git.bot-bottle.internal/w.git w 2>&1 | grep gate: || ls w"

test("git.repos: with upstream_ca the gate clones, without it the agent is told, and none of the host's paths", async () => {
  const certificate = await mintServerCertificate(["localhost"])
  await using host = await openForgeHost(CLONER, { certificate, hasRepository: true })
  const { cli } = host
  const run = async () => (await cli.run("start", "fixer", "--headless", "--prompt", "clone")).stdout
  const refused = await run()
  expect(refused).toContain("gate: the remote refused")
  expect(refused).toContain("certificate")
  expect(refused).not.toContain(cli.root)
  await cli.write("ca.pem", `${cli.standIn.caPem}\n${certificate.caPem}`)
  expect(await run()).toContain("README.md")
}, 60_000)

test("a certificate that has expired, or is for another name, is named as the reason", async () => {
  const cases = [
    [await mintServerCertificate(["localhost"], new Date(Date.now() - 60_000)), "the forge's certificate has expired"],
    [await mintServerCertificate(["elsewhere.test"]), "the forge's certificate is for another name"],
  ] as const
  for (const [certificate, reason] of cases) {
    await using host = await openForgeHost("exit 0", { certificate })
    await host.cli.write("ca.pem", `${host.cli.standIn.caPem}\n${certificate.caPem}`)
    expect(await doctor(host)).toContain(`fail server: GET /version: ${reason}`)
  }
}, 60_000)

function start({ cli }: ForgeHost, issue: number) {
  return cli.run("orchestrate", "start", "--agent", "fixer", "--issue", `${issue}`, "--prompt", "work on it")
}

async function doctor({ cli }: ForgeHost): Promise<readonly string[]> {
  const { checks } = readJson((await cli.run("doctor", "--forge", "--json")).stdout, {
    checks: [{ check: "string", state: "string", detail: "string" }],
  })
  return checks.map(({ check, state, detail }) => `${state} ${check}: ${detail}`)
}
