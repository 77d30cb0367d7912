// doctor, and what a host without isolation does.

import { expect, test } from "bun:test"
import { chmodSync, copyFileSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { runProgram } from "@bot-bottle/testkit"
import { agentIn, CLI, type CliHost, openCliHost, scriptBottle } from "./cli-host.ts"
import { runWithoutBubblewrap } from "./no-bubblewrap.ts"

test("doctor: each failure with its fix, exit 1; no isolation, exit 3", async () => {
  await using host = await openCliHost()
  await host.write("bottles/dev.md", "---\negres: {}\n---\n")
  await host.write("settings.yml", "upstream_ca: /does/not/exist.pem\n")
  const doctor = await host.run("doctor")
  expect(doctor.exitCode).toBe(1)
  expect(doctor.stdout).toMatch(
    / {2}fail {2}settings.yml +\S+settings.yml:1: upstream_ca '\/does\/not\/exist.pem' cannot be read\n {8}fix: fix upstream_ca in settings.yml\n/,
  )
  expect(doctor.stdout).toMatch(/ {2}fail {2}manifest dev +.*dev\.md:2: /)
  expect(doctor.stdout).toEndWith("2 problems stop a start.\nNext: fix upstream_ca in settings.yml\n")

  await using bare = await openCliHost()
  const without = await runWithoutBubblewrap(bare, ["doctor"])
  expect([without.exitCode, / fail {2}bubblewrap +not installed/.test(without.stdout)]).toEqual([3, true])
})

test("doctor: a host folder that cannot be written stops a start, whether it is there or not", async () => {
  await using host = await openCliHost()
  const readOnly = ["bwrap", "--dev-bind", "/", "/", "--ro-bind", join(host.root, ".."), join(host.root, "..")]
  for (const root of [host.root, join(host.root, "not/there")]) {
    const env = { ...host.env, BOT_BOTTLE_HOME: root }
    const { exitCode, stdout } = await runProgram([...readOnly, ...CLI, "doctor", "--json"], { cwd: "/", env })
    const checks: readonly { readonly check: string }[] = JSON.parse(stdout).checks
    expect([exitCode, checks.find(({ check }) => check === "host folder")]).toMatchObject([
      expect.any(Number),
      { state: "fail", detail: `${host.root} cannot be written: the file system is read-only` },
    ])
  }
})

test("no isolation: start exits 3, runs nothing, and leaves no state", async () => {
  await using host = await openCliHost()
  await host.write("bottles/dev.md", scriptBottle("await ask()"))
  await host.write("agents/impl.md", agentIn("dev"))
  const result = await runWithoutBubblewrap(host, ["start", "impl", "--headless", "--prompt", "x"])
  expect([result.exitCode, result.stdout]).toEqual([3, ""])
  expect(result.stderr).toStartWith("bot-bottle: error: No isolation available")
  expect(readdirSync(join(host.root, "state")).filter((name) => !name.startsWith("."))).toEqual([])
  expect(host.standIn.received).toEqual([])
})

test("a root another user can write is refused with the command that fixes it", async () => {
  await using host = await openCliHost()
  chmodSync(host.root, 0o777)
  const result = await host.run("list")
  expect([result.exitCode, result.stderr]).toEqual([
    1,
    expect.stringMatching(/error: .* can be written by other users \(mode 0777\)\nbot-bottle: hint: chmod -R go-w /),
  ])
})

test("doctor --probe: a bottle that cannot start has a reason in its row", async () => {
  await using host = await openCliHost()
  // Only a bottle has a filter of system calls: the look at the host before it passes.
  using broken = bubblewrapThatFails({ on: "--seccomp", saying: "planted reason" })
  const { stdout } = await broken.run(host, ["doctor", "--probe", "--json"])
  const { ok, rows } = JSON.parse(stdout)
  const row = rows.find(({ backend }: { backend: string }) => backend === "bwrap")
  expect([ok, row.name, row.seen]).toEqual([false, "bottle", expect.stringContaining("bwrap: planted reason")])
})

test("a host that refuses namespaces: a start names the fix that doctor names, with exit code 3", async () => {
  await using host = await openCliHost()
  await host.write("bottles/dev.md", scriptBottle("await ask()"))
  await host.write("agents/impl.md", agentIn("dev"))
  using broken = bubblewrapThatFails({ on: "--unshare-user", saying: "No permissions to create new namespace" })
  const doctor = await broken.run(host, ["doctor", "--json"])
  const failed = JSON.parse(doctor.stdout).checks.find(({ state }: { state: string }) => state === "fail")
  expect([doctor.exitCode, failed.check, failed.detail]).toEqual([
    3,
    "user namespaces",
    "No permissions to create new namespace",
  ])
  const { exitCode, stderr } = await broken.run(host, ["start", "impl", "--headless", "--prompt", "x"])
  expect({ exitCode, said: stderr.trimEnd().split("\n").slice(-2) }).toEqual({
    exitCode: 3,
    said: [
      "bot-bottle: error: No isolation available: the bottle could not be built: bwrap: No permissions to create new namespace",
      `bot-bottle: hint: ${failed.fix}`,
    ],
  })
  expect(readdirSync(join(host.root, "state")).filter((name) => !name.startsWith("."))).toEqual([])
})

test("doctor --probe: a throwaway bottle's isolation as a table and for machines, and nothing kept", async () => {
  await using host = await openCliHost()
  // A folder of its own: other tests probe as well.
  const env = { ...host.env, TMPDIR: host.cwd }
  const probe = (...flags: readonly string[]) =>
    runProgram([...CLI, "doctor", "--probe", ...flags], { cwd: host.cwd, env })
  const { exitCode, stdout } = await probe("--json")
  const { ok, rows } = JSON.parse(stdout)
  const ofBwrap = rows.filter(({ backend }: { backend: string }) => backend === "bwrap")
  expect({
    exitCode,
    ok,
    walls: ofBwrap.map(({ name, seen }: { name: string; seen: string }) => [name, seen]),
  }).toEqual({
    exitCode: 0,
    ok: true,
    walls: [
      ["listed host", "200"],
      ["unlisted host", "403 host-not-allowed"],
      ["raw IP", "no route"],
      ["DNS", "no such name"],
      ["IPv6", "no route"],
      ["UDP", "no route"],
      ["fronted SNI", "closed"],
    ],
  })
  const table = await probe()
  expect([table.exitCode, table.stdout]).toEqual([
    0,
    expect.stringMatching(/^BACKEND +CHECK +EXPECTED +SEEN +RESULT\nbwrap +listed host +200 +200 +ok\n/),
  ])
  expect(readdirSync(host.cwd)).toEqual([])

  const without = await runWithoutBubblewrap(host, ["doctor", "--probe"])
  expect([without.exitCode, without.stderr]).toEqual([3, expect.stringContaining("No isolation available")])
})

/** A machine like this one, whose bubblewrap ends at once when it is given that argument. */
function bubblewrapThatFails({ on, saying }: { readonly on: string; readonly saying: string }) {
  const bwrap = realpathSync(Bun.which("bwrap") ?? "")
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "bb-broken-")))
  chmodSync(folder, 0o755)
  const [real, broken] = [join(folder, "real"), join(folder, "broken")]
  copyFileSync(bwrap, real)
  const script = `#!/bin/sh\ncase "$*" in *${on}*) echo "bwrap: ${saying}" >&2; exit 1;; esac\nexec ${real} "$@"\n`
  writeFileSync(broken, script, { mode: 0o755 })
  return {
    run: ({ cwd, env }: CliHost, args: readonly string[]) =>
      runProgram([bwrap, "--dev-bind", "/", "/", "--ro-bind", broken, bwrap, "--", ...CLI, ...args], { cwd, env }),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}
