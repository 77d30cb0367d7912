// `kill`: everything ends at once, and the files of the run stay until they are deleted.

import { expect, test } from "bun:test"
import { existsSync } from "node:fs"
import { isProcessAlive } from "@bot-bottle/kernel"
import { scriptBottle } from "../cli/cli-host.ts"
import { DILIGENT, openLifecycleHost } from "./lifecycle-host.ts"

test("kill: ends a fork bomb that has filled its limit, while another run works on", async () => {
  await using host = await openLifecycleHost(DILIGENT)
  await using neighbour = await host.launch("neighbour")
  const bomb = `for (const s of ["SIGTERM", "SIGINT"]) process.on(s, () => {});
    console.log("first"); Bun.spawn(["/usr/bin/perl", "-e", "$SIG{TERM}='IGNORE'; while (1) { defined(fork) or select(undef, undef, undef, 0.002) }"]);
    setInterval(() => {}, 1000)`
  await host.write("bottles/dev.md", scriptBottle(bomb, "limits: { pids: 64 }\n"))
  await using program = await host.launch("bomb")
  const { slug } = await host.loadRun()
  const parts = await host.loadParts()

  expect((await host.run("kill", slug)).stdout).toBe(`${slug}: killed\n`)
  expect((await program.result).exitCode).toBe(137)
  expect(parts.filter(isProcessAlive)).toEqual([])
  neighbour.write("more\n")
  await neighbour.untilStdout(/more 200/)
  neighbour.closeStdin()
  expect((await neighbour.result).exitCode).toBe(0)
})

test("kill: a frozen run's files stay until they are deleted, its metadata longer; freeze and kill say what they will not do", async () => {
  await using host = await openLifecycleHost(DILIGENT)
  await using program = await host.launch("one")
  const { slug } = await host.loadRun()
  await host.run("freeze", slug)
  await program.result
  const again = await host.run("freeze", slug)
  expect([again.exitCode, again.stderr]).toEqual([
    1,
    `bot-bottle: error: run '${slug}' is not running: its status is frozen\nbot-bottle: hint: to resume it: bot-bottle resume ${slug}\n`,
  ])
  expect((await host.run("kill", slug)).stdout).toBe(`${slug}: killed\n`)
  const kept = () => ["home", "workspace", "metadata.json"].map((name) => existsSync(host.stateFolder(slug, name)))
  expect(kept()).toEqual([true, true, true])
  expect((await host.run("kill", slug, "--delete", "--yes")).exitCode).toBe(0)
  expect(kept()).toEqual([false, false, true])
  for (const command of ["freeze", "kill", "cutoff"]) expect((await host.run(command, slug)).exitCode).toBe(1)
  expect((await host.run("freeze", "nobody")).stderr).toContain("unknown run 'nobody'")
})
