// `allow` and `deny`: the bottle's file changes by the lines that are shown, and running runs
// obey at once.

import { expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { openTerminal } from "@bot-bottle/testkit"
import { agentIn, CLI, type CliHost, openCliHost, scriptBottle } from "./cli-host.ts"

const ON_DEMAND = `
  console.log("working")
  const reach = (host) => fetch("https://" + host + "/", { proxy: "http://127.0.0.1:3128" })
  for await (const line of console)
    if (line) console.log(line, await reach(line).then((r) => r.status, () => "refused"))`

test("allow by label, deny by bottle: written with its comments, held at once, refused without a yes", async () => {
  await using host = await openHost()
  await using program = host.start("start", "impl", "--headless", "--prompt", "x", "--label", "fix it")
  await program.untilStdout(/working/)
  const slug = await slugOf(host)
  const before = bottleOf(host)
  const line = before.split("\n").length - 1

  const unasked = await host.run("allow", "fix it", "docs.example.com")
  expect([unasked.exitCode, unasked.stderr]).toEqual([
    2,
    "bot-bottle: error: this needs a confirmation, and there is no terminal to ask on\n" +
      "bot-bottle: hint: without one: bot-bottle allow 'fix it' docs.example.com --yes\n",
  ])
  expect(bottleOf(host)).toBe(before)

  const allowed = await host.run("allow", "fix it", "docs.example.com", "--yes")
  expect(allowed).toEqual({
    exitCode: 0,
    stdout: [
      join(host.root, "bottles/dev.md"),
      `  +  ${String(line).padStart(2)}  egress:`,
      `  +  ${String(line + 1).padStart(2)}    routes:`,
      `  +  ${String(line + 2).padStart(2)}      - host: docs.example.com`,
      `${slug}: + allow https://docs.example.com:443`,
      `${slug}: reloaded`,
      "",
    ].join("\n"),
    stderr: "",
  })
  program.write("docs.example.com\n")
  await program.untilStdout(/docs.example.com 502/)
  expect((await host.run("allow", "dev", "docs.example.com", "--yes")).stdout).toBe(
    "dev: unchanged, it allows docs.example.com already\n",
  )

  expect((await host.run("deny", "dev", "docs.example.com", "--yes")).stdout).toEndWith(
    `${slug}: - allow https://docs.example.com:443\n${slug}: reloaded\n`,
  )
  expect(bottleOf(host)).toBe(before)
  program.closeStdin()
  expect((await program.result).exitCode).toBe(0)
})

test("allow on a terminal shows the lines and asks", async () => {
  await using host = await openHost()
  const before = bottleOf(host)
  const argv = [...CLI, "allow", "dev", "docs.example.com", "--method", "get", "--path", "/v1/"]
  await using terminal = await openTerminal(argv, { cwd: host.cwd, env: host.env })
  await terminal.untilScreen(/matches: \[\{ methods: \[GET\], paths: \[\{ type: prefix, value: \/v1\/ \}\] \}\]/)
  await terminal.untilScreen(/Write it\?/)
  await terminal.press("Enter")
  await terminal.untilScreen(/Cancelled/)
  expect(bottleOf(host)).toBe(before)
})

test("Ctrl-Z at a question leaves it open, and it is answered after that", async () => {
  await using host = await openHost()
  const before = bottleOf(host)
  await using terminal = await openTerminal([...CLI, "allow", "dev", "docs.example.com"], {
    cwd: host.cwd,
    env: host.env,
  })
  await terminal.untilScreen(/Write it\?/)
  await terminal.press("C-z")
  await terminal.press("Left")
  await terminal.untilScreen(/● yes/)
  await terminal.press("C-z")
  await terminal.press("Enter")
  expect(await terminal.untilExit()).toBe(0)
  expect(bottleOf(host)).not.toBe(before)
})

// biome-ignore format: a table
test.each([
  // arguments                                             exit  stderr holds
  [["allow", "dev", "https://x.example/"],                 2, ["'https://x.example/' is not a host name"]],
  [["allow", "dev", "x.example", "--path", "v1"],          2, ["invalid --path 'v1'"]],
  [["allow", "dev", "x.example", "--method", "G T"],       2, ["invalid --method 'G T'"]],
  [["allow", "dev", "bad host"],                           2, ["'bad host' is not a valid host"]],
  [["allow", "nope", "x.example"],                         1, ["unknown bottle or run 'nope'", "bottles: child, dev"]],
  [["allow", "child", "base.example"],                     1, ["bottle dev has a route for base.example already", "bot-bottle edit dev"]],
] as const)("bot-bottle %j is refused, and the file stays", async (args, exitCode, words) => {
  await using host = await openHost("egress: { routes: [{ host: base.example, matches: [{ methods: [GET] }] }] }\n")
  await host.write("bottles/child.md", "---\nextends: dev\n---\n")
  const before = bottleOf(host)
  const result = await host.run(...args, "--yes")
  expect([result.exitCode, bottleOf(host)]).toEqual([exitCode, before])
  for (const word of words) expect(result.stderr).toContain(word)
})

async function openHost(more = ""): Promise<CliHost> {
  const host = await openCliHost()
  await host.write("bottles/dev.md", scriptBottle(ON_DEMAND, more))
  await host.write("agents/impl.md", agentIn("dev"))
  return host
}

function bottleOf(host: CliHost): string {
  return readFileSync(join(host.root, "bottles/dev.md"), "utf8")
}

async function slugOf(host: CliHost): Promise<string> {
  return JSON.parse((await host.run("list", "--json")).stdout)[0].slug
}
