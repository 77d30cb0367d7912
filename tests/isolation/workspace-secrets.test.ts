// Files that may hold the operator's secrets, in a copy and in a bound folder, by the real command line.

import { expect, test } from "bun:test"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { runProgram } from "@bot-bottle/testkit"
import { agentIn, CLI, openCliHost, programBottle } from "../e2e/cli/cli-host.ts"

const SECRETS = [
  ".env",
  "app/.env.local",
  "tls/server.key",
  "tls/server.pem",
  ".aws/credentials",
  "deploy/credentials.json",
  ".npmrc",
]
const ORDINARY = ["README.md", ".env.example", "src/keyboard.ts", "node_modules/roots/ca.pem", "lib/.npmrc"]
const TRACKED = "fixtures/key.pem"

test.each(["copy", "bind"] as const)(
  "INV-151: in a %s, secrets are not there, by no name; what is ordinary or in the history is",
  async (workspace) => {
    await using host = await openHost(
      "cat $(find . -type f) | sort; find . | sort; cat .aws/* .env 2>&1 | grep -c PLANTED; true",
    )
    const run = await host.start("--workspace", workspace)
    expect(run.exitCode).toBe(0)
    expect(run.stdout).not.toContain("PLANTED")
    for (const path of [...ORDINARY, TRACKED]) expect(run.stdout).toContain(`text of ${path}`)
    expect(run.stderr).toContain(workspace === "copy" ? "--with-secrets brings it" : "--with-secrets shows them")
    // The control, and the operator's explicit word.
    const shown = await host.start("--workspace", workspace, "--with-secrets")
    for (const path of SECRETS) expect(shown.stdout).toContain(`PLANTED in ${path}`)
    for (const path of SECRETS) expect(readFileSync(join(host.folder, path), "utf8")).toContain("PLANTED")
  },
  60_000,
)

test.each(["copy", "bind"] as const)(
  "INV-151: in a %s, workspace_hide hides and shows by name, and what it hides never comes back",
  async (workspace) => {
    await using host = await openHost("cat $(find . -type f) | sort; echo agent >app/.env.local; mkdir -p data; true", [
      "data",
      "*.md",
      "!.env.local",
    ])
    mkdirSync(join(host.folder, "data"))
    writeFileSync(join(host.folder, "data/rows"), "PLANTED in data\n")
    const run = await host.start("--workspace", workspace)
    expect(run.exitCode).toBe(0)
    expect(run.stdout).not.toContain("PLANTED in data")
    expect(run.stdout).not.toContain("text of README.md")
    expect(run.stdout).not.toContain("PLANTED in .env\n")
    expect(run.stdout).toContain("PLANTED in app/.env.local")
    expect(run.stdout).toContain("text of src/keyboard.ts")
    expect(readFileSync(join(host.folder, "data/rows"), "utf8")).toBe("PLANTED in data\n")
    const shown = await host.start("--workspace", workspace, "--with-secrets")
    expect(shown.stdout).toContain("PLANTED in data")
  },
  60_000,
)

test.each(["copy", "bind"] as const)(
  "before a %s, the details count what stays hidden and name tools that the bottle lacks",
  async (workspace) => {
    await using host = await openHost("true", ["*.md", "!.env.local"])
    const tools = join(host.folder, "../operator-tools")
    mkdirSync(tools)
    writeFileSync(join(tools, "zig"), "#!/bin/sh\n", { mode: 0o755 })
    const shown = await host.startWith(
      { PATH: `${tools}:${process.env["PATH"]}` },
      "--workspace",
      workspace,
      "--dry-run",
    )
    expect(shown.stdout).toContain(
      `${SECRETS.length} entries that may hold secrets are hidden; workspace_hide: *.md, !.env.local`,
    )
    expect(shown.stdout).toContain(`zig (${join(tools, "zig")})`)
    const all = await host.startWith({}, "--workspace", workspace, "--dry-run", "--with-secrets")
    expect([all.exitCode, all.stdout.includes("are hidden")]).toEqual([0, false])
  },
  60_000,
)

test("INV-151: apply leaves names of workspace_hide alone, and brings what it shows", async () => {
  await using host = await openHost(
    "mkdir -p data; echo agent >data/rows; echo agent >app/.env.local; echo agent >.env",
    ["data", "!.env.local"],
  )
  expect((await host.start("--workspace", "copy")).exitCode).toBe(0)
  const { slug } = JSON.parse((await host.run("list", "--all", "--json")).stdout)[0]
  const applied = await host.run("apply", slug, "--yes", "--include-protected", "--ignored")
  expect(applied.stdout + applied.stderr).toContain("it may hold a secret, by its name")
  expect(existsSync(join(host.folder, "data/rows"))).toBe(false)
  expect(readFileSync(join(host.folder, ".env"), "utf8")).toContain("PLANTED")
  expect(readFileSync(join(host.folder, "app/.env.local"), "utf8")).toBe("agent\n")
}, 60_000)

test("INV-151: an agent in a bound folder can neither replace, remove, rename nor link a hidden file", async () => {
  const tries = [
    "rm .env",
    "mv .env other",
    "ln .env other",
    "echo x >.env",
    "mount -t tmpfs none .aws",
    "rm -r .aws",
    "mv app moved && cat moved/.env.local && mv moved app",
  ]
  await using host = await openHost(`${tries.join(" ; ")}; cat other app/.env.local; git add -A; git stash -a; true`)
  const run = await host.start("--workspace", "bind")
  expect(run.stdout).not.toContain("PLANTED")
  for (const path of SECRETS) expect(readFileSync(join(host.folder, path), "utf8")).toContain("PLANTED")
}, 60_000)

test("INV-151: apply never writes what may be a secret, whatever is asked for", async () => {
  await using host = await openHost(
    "echo agent >.env; echo agent >new.pem; echo agent >>README.md; echo agent >fixtures/key.pem",
  )
  expect((await host.start("--workspace", "copy")).exitCode).toBe(0)
  const { slug } = JSON.parse((await host.run("list", "--all", "--json")).stdout)[0]
  const applied = await host.run("apply", slug, "--yes", "--include-protected", "--ignored")
  expect(applied.stdout + applied.stderr).toContain("it may hold a secret, by its name")
  expect(readFileSync(join(host.folder, "README.md"), "utf8")).toContain("agent")
  expect(readFileSync(join(host.folder, ".env"), "utf8")).toContain("PLANTED")
  expect(existsSync(join(host.folder, "new.pem"))).toBe(false)
  expect(readFileSync(join(host.folder, TRACKED), "utf8")).not.toContain("agent")
}, 60_000)

async function openHost(script: string, hide: readonly string[] = []) {
  const host = await openCliHost()
  await host.write(
    "bottles/dev.md",
    programBottle(["/bin/sh", "-c", script], `workspace_hide: ${JSON.stringify(hide)}\n`),
  )
  await host.write("agents/impl.md", agentIn("dev"))
  const folder = host.cwd
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  for (const path of SECRETS)
    write(path, `PLANTED in ${path}\n${path === ".npmrc" ? "//r.example/:_authToken=x\n" : ""}`)
  for (const path of ORDINARY) write(path, `text of ${path}\n`)
  const git = (...args: readonly string[]) =>
    runProgram(["git", "-C", folder, "-c", "user.name=n", "-c", "user.email=e", ...args])
  write(TRACKED, `text of ${TRACKED}\n`)
  await git("init", "-q")
  await git("add", TRACKED)
  await git("commit", "-qm", "fixture")
  return {
    folder,
    run: host.run,
    start: (...flags: readonly string[]) =>
      runProgram([...CLI, "start", "impl", "--headless", "--prompt", "x", ...flags], { cwd: folder, env: host.env }),
    startWith: (env: Readonly<Record<string, string>>, ...flags: readonly string[]) =>
      runProgram([...CLI, "start", "impl", "--headless", "--prompt", "x", ...flags], {
        cwd: folder,
        env: { ...host.env, ...env },
      }),
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  }
}
