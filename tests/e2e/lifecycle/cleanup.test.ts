// cleanup, edit and completions by the real command line.

import { expect, test } from "bun:test"
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { isProcessAlive } from "@bot-bottle/kernel"
import { openTerminal, runProgram } from "@bot-bottle/testkit"
import { CLI } from "../cli/cli-host.ts"
import { DILIGENT, openLifecycleHost } from "./lifecycle-host.ts"

const LONG = { deadlineMs: 15_000 }

test("cleanup removes what is old and nobody's, and leaves a live run, a frozen one and a young one alone", async () => {
  await using host = await openLifecycleHost(DILIGENT, { settings: "keep_ended: 1h\n" })
  const slugs: Record<string, string> = {}
  for (const name of ["old", "young", "frozen"]) {
    await using run = await host.launch("x", "--label", name)
    const { slug } = await host.loadRun()
    slugs[name] = slug
    if (name === "frozen") await host.run("freeze", slug)
    run.closeStdin()
    await run.result
  }
  const old = (await host.ledger.findRun(slugs["old"]!))!
  await host.ledger.updateRunAsSeen(old, { endedAtMs: Date.now() - 3_700_000 })
  const orphan = host.stateFolder("orphan-00000")
  mkdirSync(orphan)
  writeFileSync(join(orphan, "launcher"), "1:1:no-such-boot")
  await using live = await host.launch("x", "--label", "live")
  slugs["live"] = (await host.loadRun()).slug
  const parts = await host.loadParts()

  expect((await host.run("cleanup")).stderr).toContain(
    "this needs a confirmation, and there is no terminal to ask on\nbot-bottle: hint: without one: bot-bottle cleanup --yes",
  )
  const dry = JSON.parse((await host.run("cleanup", "--dry-run", "--json")).stdout)
  expect(dry).toEqual([
    { kind: "ended-run", what: `${slugs["old"]}: home, workspace and transcript`, why: "ended 1h ago" },
    { kind: "folder", what: orphan, why: "no run owns it" },
  ])
  expect(existsSync(orphan)).toBe(true)

  await using asked = await openTerminal([...CLI, "cleanup"], { cwd: host.cwd, env: host.env, columns: 120 })
  await asked.untilScreen("Remove all 2?", LONG)
  await asked.press("Enter")
  await asked.untilScreen("Cancelled.", LONG)
  expect([await asked.untilExit(), existsSync(orphan)]).toEqual([0, true])

  expect((await host.run("cleanup", "--yes")).stderr).toContain("2 removed")
  expect((await host.run("cleanup", "--yes")).stderr).toContain("nothing to clean up")
  expect(
    ["old", "young", "frozen", "live"].filter((name) => existsSync(host.stateFolder(slugs[name]!, "home"))),
  ).toEqual(["young", "frozen", "live"])
  expect(existsSync(orphan)).toBe(false)
  expect(parts.every(isProcessAlive)).toBe(true)
  expect((await host.run("resume", slugs["old"]!, "--headless", "--prompt", "y")).stderr).toContain(
    "'cleanup' has removed its state",
  )
  live.closeStdin()
  expect((await live.result).exitCode).toBe(0)
}, 60_000)

test("edit: opens the file, reads it as a launch would, and never leaves it broken without a word", async () => {
  await using host = await openLifecycleHost(DILIGENT)
  const editor = join(host.root, "editor")
  writeFileSync(editor, '#!/bin/sh\ntest "$1" = --flag && printf -- "---\\nnonsense: yes\\n---\\n" > "$2"\n')
  chmodSync(editor, 0o755)
  const env = { ...host.env, EDITOR: `'${editor}' --flag` }
  const bottle = join(host.root, "bottles", "dev.md")
  const before = readFileSync(bottle, "utf8")
  await using terminal = await openTerminal([...CLI, "edit", "dev"], { cwd: host.cwd, env, columns: 110 })
  await terminal.untilScreen(/unknown key 'nonsense'[\s\S]*keep it anyway/, LONG)
  await terminal.press("Enter")
  // The first question is closed above the second.
  await terminal.untilScreen(/edit again \(Enter\)[\s\S]*unknown key 'nonsense'[\s\S]*keep it anyway/, LONG)
  await terminal.type("u")
  await terminal.untilScreen("dev.md is unchanged", LONG)
  expect([await terminal.untilExit(), readFileSync(bottle, "utf8")]).toEqual([0, before])

  await using kept = await openTerminal([...CLI, "edit", "dev"], { cwd: host.cwd, env, columns: 110 })
  await kept.untilScreen("keep it anyway", LONG)
  await kept.type("k")
  await kept.untilScreen("is still invalid; no launch that uses it starts", LONG)
  expect(await kept.untilExit()).toBe(1)

  await using left = await openTerminal([...CLI, "edit", "dev"], { cwd: host.cwd, env, columns: 110 })
  await left.untilScreen("keep it anyway", LONG)
  await left.press("Escape")
  await left.untilScreen("is still invalid; no launch that uses it starts", LONG)
  expect(await left.untilExit()).toBe(1)

  writeFileSync(bottle, before)
  const fine = await runProgram([...CLI, "edit", "impl"], { cwd: host.cwd, env: { ...host.env, VISUAL: "true" } })
  expect([fine.exitCode, fine.stderr]).toEqual([0, "bot-bottle: agent 'impl' is unchanged\n"])
  expect((await runProgram([...CLI, "edit", "impl"], { cwd: host.cwd, env: host.env })).stderr).toContain(
    "error: this command opens an editor, and this is not a terminal",
  )
  expect((await host.run("edit", "nobody")).stderr).toContain("no agent or bottle is called 'nobody'")
}, 60_000)

test("completions: names as they are now, read without changing anything", async () => {
  await using host = await openLifecycleHost(DILIGENT)
  const names = async (what: string) => (await host.run("completions", `names:${what}`)).stdout
  // The first run makes the ledger.
  expect([await names("runs"), await names("providers")]).toEqual(["", "claude\ncodex\npi\nusd\n"])
  await using run = await host.launch("x")
  const { slug } = await host.loadRun()
  const lists = ["runs", "agents", "bottles", "providers", "scopes"]
  expect(await Promise.all(lists.map(names))).toEqual([
    `${slug}\nimpl\n@last\n`,
    "impl\n",
    "dev\n",
    "claude\ncodex\npi\nusd\n",
    `host\nbottle:dev\nagent:impl\nrun:${slug}\n`,
  ])
  for (const shell of ["bash", "zsh", "fish"]) expect((await host.run("completions", shell)).stdout).toContain("attach")
  expect((await host.run("completions", "csh")).exitCode).toBe(2)
  run.closeStdin()
  await run.result
}, 60_000)
