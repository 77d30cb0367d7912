// The package that people install: packed, by npm, into an empty home and without Bun on PATH.

import { expect, test } from "bun:test"
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { openTempFolder, type ProgramResult, runProgram } from "@bot-bottle/testkit"

const ROOT = resolve(import.meta.dir, "../../..")
/** npm's own work, on a machine that has other things to do. */
const INSTALL_MS = 180_000

test(
  "the packed package installs globally and runs the demo; npx runs it as well",
  async () => {
    await using folder = await openTempFolder()
    const run = runnerIn(folder.path)
    const packed = await run(process.execPath, join(ROOT, "tools/pack/main.ts"), join(folder.path, "dist"))
    const archive = packed.stdout.trim()
    expect([packed.exitCode, readdirSync(join(folder.path, "dist"))]).toEqual([0, [archive.split("/").at(-1) ?? ""]])

    const installed = await run("npm", "install", "--global", "--prefix", join(folder.path, "prefix"), archive)
    expect({ exitCode: installed.exitCode, stderr: installed.exitCode === 0 ? "" : installed.stderr }).toEqual({
      exitCode: 0,
      stderr: "",
    })
    const command = join(folder.path, "prefix/bin/bot-bottle")
    expect(await run(command, "--version")).toEqual({ exitCode: 0, stdout: "0.1.0\n", stderr: "" })
    const demo = await run(command, "demo")
    expect([demo.exitCode, demo.stderr]).toEqual([0, ""])

    // Bytecode of another Bun: it is not taken, and nothing else changes.
    const looks = () => run("/usr/bin/env", "BUN_JSC_verboseDiskCache=1", command, "--version")
    expect((await looks()).stderr).toContain("Cache hit")
    spoilBytecode(join(folder.path, "prefix/lib/node_modules/bot-bottle/apps/cli/dist"))
    expect((await looks()).stderr).not.toContain("Cache hit")
    expect(await run(command, "--version")).toEqual({ exitCode: 0, stdout: "0.1.0\n", stderr: "" })
    expect(demo.stdout).toContain("All of it held")

    const npx = await run("npx", "--yes", "--package", archive, "bot-bottle", "demo")
    expect([npx.exitCode, npx.stdout.includes("All of it held")]).toEqual([0, true])
    // Neither has `bot-bottle` on PATH, so what they say can be pasted only with the way to it.
    for (const { stdout } of [demo, npx]) {
      const next = await run("sh", "-c", /^Next: (.*)$/m.exec(stdout)?.[1] ?? "exit 99")
      const hint = /without one: ((npx --yes file:)?\/.* setup --agent claude --budget 2M)$/m
      expect(next).toEqual({ exitCode: 2, stdout: "", stderr: expect.stringMatching(hint) })
      const [, without = ""] = hint.exec(next.stderr) ?? []
      // This host has no key, and setup says so.
      const done = await run("sh", "-c", without)
      expect([done.exitCode, done.stdout]).toEqual([1, expect.stringContaining("settings.yml")])
      await run("rm", "-r", join(folder.path, ".bot-bottle"))
    }

    // As docs/install.md has it: the same line upgrades, and npm removes all of it but ~/.bot-bottle.
    const upgraded = await run("npm", "install", "--global", "--prefix", join(folder.path, "prefix"), archive)
    expect([upgraded.exitCode, (await run(command, "--version")).stdout]).toEqual([0, "0.1.0\n"])
    const removed = await run("npm", "uninstall", "--global", "--prefix", join(folder.path, "prefix"), "bot-bottle")
    expect([removed.exitCode, existsSync(command), readdirSync(join(folder.path, "prefix/lib/node_modules"))]).toEqual([
      0,
      false,
      [],
    ])
  },
  INSTALL_MS,
)

test(
  "setup from a clone builds and links the command, says what PATH lacks, and replaces nothing that is not a link",
  async () => {
    await using folder = await openTempFolder()
    const run = runnerIn(folder.path)
    const link = join(folder.path, ".local/bin/bot-bottle")
    const first = await run(join(ROOT, "tools/bootstrap"), "setup")
    expect(first).toMatchObject({
      exitCode: 0,
      stdout: [
        `installed: ${link}`,
        "That folder is not on your PATH. Run this line here, and keep it in your shell's profile:",
        `  export PATH="${folder.path}/.local/bin:$PATH"`,
        "next: bot-bottle demo",
        "",
      ].join("\n"),
    })
    expect(readlinkSync(link)).toBe(join(ROOT, "dist/bot-bottle"))
    expect((await run(link, "--version")).stdout).toBe("0.1.0\n")
    const demo = await run(link, "demo")
    expect({ exitCode: demo.exitCode, stderr: demo.stderr }).toEqual({ exitCode: 0, stderr: "" })
    expect((await run(join(ROOT, "tools/bootstrap"), "setup")).exitCode).toBe(0)

    await run("rm", link)
    await Bun.write(link, "mine")
    const refused = await run(join(ROOT, "tools/bootstrap"), "setup")
    expect([refused.exitCode, refused.stderr]).toEqual([
      1,
      `bot-bottle: error: ${link} exists and is not a link\nbot-bottle: hint: remove it, and run this again\n`,
    ])
    expect(lstatSync(link).isFile()).toBe(true)
  },
  INSTALL_MS,
)

/** As if another version had written it: the version stands in the first bytes. */
function spoilBytecode(folder: string): void {
  const files = readdirSync(folder).filter((name) => name.endsWith(".jsc"))
  expect(files.length).toBeGreaterThan(100)
  for (const name of files) {
    const bytes = readFileSync(join(folder, name))
    bytes.fill(0x58, 0, 4)
    writeFileSync(join(folder, name), bytes)
  }
}

/** In an empty home. The registry's settings of the environment stay; Bun is not on PATH. */
function runnerIn(home: string): (...argv: readonly [string, ...string[]]) => Promise<ProgramResult> {
  const env = { ...process.env, HOME: home, PATH: "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin" }
  return (...argv) => runProgram(argv, { cwd: home, env, deadlineMs: INSTALL_MS })
}
