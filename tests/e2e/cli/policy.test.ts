// A policy that is learned from a run: observed, proposed, written, and then enough for the same
// agent without observation. `why` and `policy check` name the edit that turns a verdict.

import { expect, test } from "bun:test"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createTestCa, startUpstream, type Upstream } from "@bot-bottle/proxy/testing"
import { readJson } from "@bot-bottle/testkit"
import { agentIn, type CliHost, openCliHost, scriptBottle } from "./cli-host.ts"

const REQUESTS = [
  ["GET", "pkgs.example.com", "/simple/six/"],
  ["GET", "pkgs.example.com", "/simple/requests/"],
  ["GET", "files.example.com", "/packages/six-1.whl"],
  ["POST", "api.example.com", "/v1/query"],
  ["GET", "api.example.com", "/v1/query/7"],
] as const

const VISIT = `
  for (const [method, host, path] of ${JSON.stringify(REQUESTS)}) {
    const answer = await fetch("https://" + host + path, { method, proxy: "http://127.0.0.1:3128", headers: { authorization: "Bearer mine" } })
    console.log(method, host + path, answer.status)
  }`

test("observe, propose, write: the routes are enough for the same run, and none can go", async () => {
  await using world = await openWorld()
  const { host } = world
  expect(await world.visit()).toEqual(REQUESTS.map(([method, name, path]) => `${method} ${name}${path} 403`))
  expect(await world.visit("watched", "--observe")).toEqual(
    REQUESTS.map(([method, name, path]) => `${method} ${name}${path} 200`),
  )

  const shown = await host.run("policy", "propose", "watched")
  expect([shown.exitCode, shown.stderr]).toEqual([0, ""])
  expect(shown.stdout).toContain("dev: 3 new routes; with them 5 of 5 requests are allowed")
  expect(shown.stdout).toContain("paths: [{ type: prefix, value: /simple/ }]")
  expect(world.bottle()).not.toContain("- host:")

  const written = await host.run("policy", "propose", "watched", "--write", "--yes")
  expect([written.exitCode, written.stderr]).toEqual([0, ""])
  expect(await world.visit()).toEqual(REQUESTS.map(([method, name, path]) => `${method} ${name}${path} 200`))
  expect((await host.run("policy", "propose", "watched")).stdout).toContain("dev: 0 new routes; with them 5 of 5")

  const whole = world.bottle()
  for (const name of ["pkgs.example.com", "files.example.com", "api.example.com"]) {
    expect((await host.run("deny", "dev", name, "--yes")).exitCode).toBe(0)
    expect((await world.visit()).filter((line) => line.endsWith("403"))).not.toEqual([])
    writeFileSync(world.bottlePath, whole)
  }
}, 120_000)

test("why names the rule and the edit, and the edit turns the verdict", async () => {
  await using world = await openWorld()
  const { host } = world
  await world.visit("watched")
  const why = await host.run("why", "watched")
  expect([why.exitCode, why.stderr]).toEqual([0, ""])
  expect(why.stdout).toContain("denied   GET https://api.example.com/v1/query/7")
  expect(why.stdout).toContain("no route lists api.example.com (host-not-allowed)")
  const [, command = ""] = /or +(bot-bottle allow .*)/.exec(why.stdout) ?? []
  expect(command).toBe("bot-bottle allow dev api.example.com --method GET --path /v1/query/7 --exact")

  const log = await host.run("logs", "watched", "--egress")
  const [, event = ""] = /POST api\.example\.com:443\/v1\/query\s+(\S+\/\S+)/.exec(log.stdout) ?? []
  expect((await host.run("why", event)).stdout).toContain("denied   POST https://api.example.com/v1/query")

  expect((await host.run(...command.split(" ").slice(1), "--yes")).exitCode).toBe(0)
  expect((await world.visit()).map((line) => line.split(" ").at(-1))).toEqual(["403", "403", "403", "403", "200"])
  const later = await host.run("why", "watched/zzzzzzzz")
  expect([later.exitCode, later.stderr]).toEqual([1, expect.stringContaining("has no event 'zzzzzzzz'")])
}, 120_000)

test("policy check answers with its exit code, policy test with the lines that surprise", async () => {
  await using world = await openWorld()
  const { host } = world
  await host.run("allow", "dev", "api.example.com", "--method", "GET", "--path", "/v1/", "--yes")
  const check = async (method: string, url: string) => {
    const { exitCode, stdout } = await host.run("policy", "check", method, url, "--bottle", "dev")
    return [exitCode, stdout.split("\n")[0]]
  }
  expect(await check("GET", "https://api.example.com/v1/a")).toEqual([0, "allowed  GET https://api.example.com/v1/a"])
  expect(await check("POST", "https://api.example.com/v1/a")).toEqual([1, "denied   POST https://api.example.com/v1/a"])
  expect((await host.run("policy", "check", "GET", "ftp://x", "--bottle", "dev")).exitCode).toBe(2)
  expect((await host.run("policy", "check", "GET", "https://x.example/")).stderr).toContain("name one with --bottle")

  const file = join(host.cwd, "cases.yml")
  writeFileSync(
    file,
    `bottle: dev\ncases:\n  - allow: GET https://api.example.com/v1/a\n  - deny: GET https://other.example/\n    reason: host-not-allowed\n`,
  )
  expect(await host.run("policy", "test", "cases.yml")).toEqual({
    exitCode: 0,
    stdout: "dev: 2 of 2 cases as expected\n",
    stderr: "",
  })
  writeFileSync(
    file,
    `bottle: dev\ncases:\n  - allow: GET https://other.example/\n  - deny: GET https://other.example/\n    reason: ip-literal\n`,
  )
  const surprised = await host.run("policy", "test", "cases.yml")
  expect(surprised.exitCode).toBe(1)
  expect(surprised.stdout).toContain("cases.yml:3: expected allow")
  expect(surprised.stdout).toContain("cases.yml:4: expected deny for ip-literal")
  expect(surprised.stdout).toContain("bot-bottle allow dev other.example --method GET --path / --exact")
  const json = readJson((await host.run("policy", "test", "cases.yml", "--json")).stdout, [{ as_expected: "boolean" }])
  expect(json.map(({ as_expected }) => as_expected)).toEqual([false, false])
})

// biome-ignore format: a table
test.each([
  ["",                                     "no cases"],
  ["cases:\n  - {}\n",                     "needs 'allow' or 'deny'"],
  ["cases:\n  - allow: nothing\n",         "must be a method and a URL"],
  ["cases:\n  - allow: GET https://a/\n    reason: x\n", "only a refusal has one"],
  ["cases:\n  - allow: GET gopher://a/\n", "invalid URL 'gopher://a/'"],
  ["casus: []\n",                          "unknown key 'casus'"],
] as const)("policy test refuses %j, naming file and fault", async (text, fault) => {
  await using world = await openWorld()
  writeFileSync(join(world.host.cwd, "cases.yml"), text)
  const { exitCode, stderr } = await world.host.run("policy", "test", "cases.yml", "--bottle", "dev")
  expect(exitCode).not.toBe(0)
  expect(stderr).toContain("cases.yml")
  expect(stderr).toContain(fault)
})

async function openWorld() {
  const ca = createTestCa()
  const upstreams: Upstream[] = []
  const resolve = ["pkgs.example.com", "files.example.com", "api.example.com"].map((name) => {
    const upstream = startUpstream({ host: name, ca })
    upstreams.push(upstream)
    return `  ${name}: ${upstream.address}`
  })
  const host: CliHost = await openCliHost()
  const settings = readFileSync(join(host.root, "settings.yml"), "utf8")
  await host.write("settings.yml", settings.replace("resolve:\n", `resolve:\n${resolve.join("\n")}\n`))
  await host.write("ca.pem", `${host.standIn.caPem}\n${ca.pem}`)
  await host.write("bottles/dev.md", scriptBottle(VISIT))
  await host.write("agents/impl.md", agentIn("dev"))
  const bottlePath = join(host.root, "bottles/dev.md")
  return {
    host,
    bottlePath,
    bottle: () => readFileSync(bottlePath, "utf8"),
    async visit(label = "other", ...flags: readonly string[]) {
      const { stdout } = await host.run("start", "impl", "--headless", "--prompt", "x", "--label", label, ...flags)
      return stdout.trim().split("\n")
    },
    async [Symbol.asyncDispose]() {
      await host[Symbol.asyncDispose]()
      for (const upstream of upstreams) await upstream[Symbol.asyncDispose]()
    },
  }
}
