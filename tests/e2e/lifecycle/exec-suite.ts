// Commands inside a run's bottle, by the real command line: piped, on a terminal, endless, and
// left alone. The same for every backend.

import { expect, test } from "bun:test"
import { join } from "node:path"
import { openTerminal, startProgram, waitFor } from "@bot-bottle/testkit"
import { CLI, type CliHostOptions } from "../cli/cli-host.ts"
import { type LifecycleHost, openLifecycleHost } from "./lifecycle-host.ts"

const LONG = { deadlineMs: 15_000 }
/** Says something that a terminal would obey, and stays. */
export const IDLE = `process.stdout.write("first \\x1b]0;owned\\x07\\x1b[2Jshown\\r\\n"); setInterval(() => {}, 1000);`

export function execSuite(options: CliHostOptions = {}): void {
  test("exec passes on stdin, stdout, stderr and the exit code, as they are", async () => {
    await using host = await openLifecycleHost(IDLE, options)
    await using _run = await host.launch("x")
    const { slug } = await host.loadRun()
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 251))
    await using cat = host.start("exec", slug, "--", "sh", "-c", "md5sum; echo err >&2; exit 9")
    cat.write(bytes)
    cat.closeStdin()
    const { exitCode, stdout, stderr } = await cat.result
    const md5 = new Bun.CryptoHasher("md5").update(bytes).digest("hex")
    expect([exitCode, stdout, stderr]).toEqual([9, `${md5}  -\n`, "err\n"])

    const rows = []
    for (const argv of [["--", "no-such-program"], ["--", "sh", "-c", "pwd; echo a' 'b $HTTPS_PROXY"], [], ["--"]]) {
      const result = await host.run("exec", slug, ...argv)
      rows.push([result.exitCode, result.stdout, result.stderr.split("\n")[0]])
    }
    expect(rows).toEqual([
      [127, "", "bot-bottle: error: no-such-program: not found"],
      [0, "/home/node/workspace\na b http://127.0.0.1:3128\n", ""],
      [2, "", "bot-bottle: error: exec needs a command"],
      [2, "", "bot-bottle: error: exec needs a command"],
    ])
  }, 60_000)

  test("exec on a terminal is a terminal: its size, its keys, its Ctrl-C, and ours comes back", async () => {
    await using host = await openLifecycleHost(IDLE, options)
    await using _run = await host.launch("x")
    const { slug } = await host.loadRun()
    // The trap stands before the size tells us to press. Ctrl-C may end a read, or come before it.
    const script =
      "trap 'echo caught' INT; stty size; line=; until [ \"$line\" ]; do read -r line; done; echo got $line; exit 3"
    await using terminal = await openTerminal([...CLI, "exec", slug, "--", "sh", "-c", script], {
      cwd: host.cwd,
      env: host.env,
      columns: 83,
      rows: 21,
    })
    await terminal.untilScreen("21 83", LONG)
    await terminal.press("C-c")
    await terminal.untilScreen("caught", LONG)
    await terminal.enter("word", LONG)
    await terminal.untilScreen("got word", LONG)
    expect(await terminal.untilExit(LONG)).toBe(3)
  }, 60_000)

  test("exec that is killed takes its command with it; Ctrl-C is the command's; freeze ends it; the agent continues", async () => {
    await using host = await openLifecycleHost(IDLE, options)
    await using _run = await host.launch("x")
    const { slug } = await host.loadRun()
    const count = async () =>
      (await host.run("exec", slug, "--", "sh", "-c", "cat /proc/[0-9]*/comm | grep -c sleep")).stdout.trim()

    await using left = host.start("exec", slug, "--", "sh", "-c", "trap '' HUP; sleep 1000 & wait; wait")
    await waitFor("the command's own child", async () => (await count()) === "1", LONG)
    left.kill("SIGKILL")
    await waitFor("the command to end", async () => (await count()) === "0", LONG)

    await using stopped = host.start(
      "exec",
      slug,
      "--",
      "sh",
      "-c",
      "trap 'echo bye; exit 4' INT; echo up; while :; do sleep 0.05; done",
    )
    await stopped.untilStdout(/up/)
    stopped.kill("SIGINT")
    expect(await stopped.result).toMatchObject({ exitCode: 4, stdout: "up\nbye\n" })

    await using frozen = host.start("exec", slug, "--", "sh", "-c", "echo up; sleep 1000")
    await frozen.untilStdout(/up/)
    expect((await host.run("freeze", slug)).exitCode).toBe(0)
    expect((await frozen.result).exitCode).toBe(137)
    expect((await host.run("exec", slug, "--", "true")).stderr).toContain("is not running: its status is frozen")
  }, 60_000)

  test("exec takes all of its stdin, however large: from a file, a pipe, and a command that reads slowly", async () => {
    await using host = await openLifecycleHost(IDLE, options)
    await using _run = await host.launch("x")
    const { slug } = await host.loadRun()
    const count = (command: string) => openShell(host, command).result
    const bytes = 3_000_001
    const file = join(host.cwd, "large")
    await Bun.write(file, new Uint8Array(bytes))
    const exec = `${CLI[0]} exec ${slug} --`
    expect(await count(`${exec} wc -c <large`)).toMatchObject({ exitCode: 0, stdout: `${bytes}\n` })
    expect(await count(`cat large | ${exec} wc -c`)).toMatchObject({ exitCode: 0, stdout: `${bytes}\n` })
    expect(await count(`${exec} sh -c 'sleep 0.3; wc -c' <large`)).toMatchObject({ exitCode: 0, stdout: `${bytes}\n` })
    // A command that does not read its input to the end ends all the same.
    expect(await count(`${exec} head -c 3 <large | wc -c`)).toMatchObject({ stdout: "3\n" })
  }, 60_000)

  test("exec with a stdin that cannot be read ends with an error, and the command does not take it for empty", async () => {
    await using host = await openLifecycleHost(IDLE, options)
    await using _run = await host.launch("x")
    const { slug } = await host.loadRun()
    const exec = `${CLI[0]} exec ${slug} -- sh -c 'cat && echo whole'`
    expect(await openShell(host, `${exec} </`).result).toMatchObject({
      exitCode: 1,
      stdout: "",
      stderr: "bot-bottle: error: standard input cannot be read (EISDIR)\n",
    })
    expect(await openShell(host, `${exec} </dev/null`).result).toMatchObject({ exitCode: 0, stdout: "whole\n" })
    // Closed, and open for writing only as nohup leaves it: nothing was given.
    expect(await openShell(host, `${exec} <&-`).result).toMatchObject({ exitCode: 0, stdout: "whole\n" })
    expect(await openShell(host, `${exec} 0>/dev/null`).result).toMatchObject({ exitCode: 0, stdout: "whole\n" })
  }, 60_000)

  test("exec whose reader leaves ends as by SIGPIPE, without a word, and so does the command in the bottle", async () => {
    await using host = await openLifecycleHost(IDLE, options)
    await using _run = await host.launch("x")
    const { slug } = await host.loadRun()
    // Where bash is there, it tells the exit code of each part.
    const script = `${CLI[0]} exec ${slug} -- sh -c 'while echo line; do :; done' | head -n 1; echo "\${PIPESTATUS[0]}"`
    const { stdout, stderr } = await startProgram(["bash", "--norc", "-c", script], { cwd: host.cwd, env: host.env })
      .result
    expect([stdout, stderr]).toEqual(["line\n141\n", ""])
  }, 60_000)

  test("exec without end holds nothing up and nothing back: who reads slowly gets it all the same", async () => {
    await using host = await openLifecycleHost(IDLE, options)
    await using _run = await host.launch("x")
    const { slug } = await host.loadRun()
    const script = `${CLI[0]} exec ${slug} -- sh -c 'head -c 20000000 /dev/zero; echo end >&2' | (sleep 1; wc -c)`
    await using piped = openShell(host, script)
    expect((await host.run("exec", slug, "--", "echo", "meanwhile")).stdout).toBe("meanwhile\n")
    const { stdout, stderr } = await piped.result
    expect([stdout.trim(), stderr]).toEqual(["20000000", "end\n"])
  }, 60_000)
}

function openShell(host: LifecycleHost, script: string) {
  return startProgram(["sh", "-c", script], { cwd: host.cwd, env: host.env })
}
