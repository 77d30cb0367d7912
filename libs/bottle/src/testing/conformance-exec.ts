// Commands that the operator runs beside the agent: the agent's isolation around them, their bytes
// and exit code passed on whole, and nothing kept for one that nobody reads.

import { expect, test } from "bun:test"
import { EXEC_CHUNK_BYTES, EXEC_WINDOW_BYTES, type ExecCommand, type GuestExec } from "@bot-bottle/guest"
import type { Backend, Bottle } from "../backend.ts"
import type { Subject } from "./subject.ts"
import { openTestRun } from "./test-run.ts"

/** Stays until it is killed. */
const IDLE = ["/bin/sh", "-c", "exec sleep 1000"]

export function testExec(subject: Subject): void {
  const createBackend = subject.create
  test.each([
    // command                                                          exit code  stdout  stderr
    [["/bin/sh", "-c", "echo out; echo err >&2; exit 7"], 7, "out\n", "err\n"],
    [["/bin/sh", "-c", "echo x > /dev/stdout"], 0, "x\n", ""],
    [["/bin/sh", "-c", "kill -KILL $$"], 137, "", ""],
    [["/bin/sh", "-c", "(sleep 300; echo never) & echo at once"], 0, "at once\n", ""],
    [["no-such-program"], 127, "", "bot-bottle: error: no-such-program: not found\n"],
    [["/bin/cat"], 0, "given", ""],
  ] as const)("exec %p: its exit code and its output", async (argv, exitCode, stdout, stderr) => {
    await using running = await openRunning(createBackend())
    expect(await running.exec({ argv, env: {} }, "given")).toEqual({ exitCode, stdout, stderr })
  })

  test("exec has what the agent has and no more: user, rights, filter, limits, environment, folder", async () => {
    const look = [
      "/bin/sh",
      "-c",
      "id; pwd; ulimit -n; grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status; env | grep -vE '^(_|OLDPWD|SHLVL|PWD)='; ls /proc/self/fd /; unshare -U true; ls -d /root/* /home/*",
    ]
    await using run = openTestRun()
    const plan = { limits: { pids: 60, diskBytes: 50_000_000 }, env: { MARK: "here" } }
    const agent = await createBackend().launch(run.plan([...look], plan), { kind: "pipe" })
    const theirs = await new Response(agent.stdout).text()
    expect(theirs).toContain("MARK=here")
    await using running = await openRunning(createBackend(), plan)
    // Two runs may be two users of the host; what else each sees is the same.
    const asNode = (text: string, slug: string) => text.replaceAll(`${subject.guestUid(slug)}`, "node's")
    const { stdout } = await running.exec({ argv: look, env: {} })
    expect(asNode(stdout, running.bottle.slug)).toBe(asNode(theirs, agent.slug))
  })

  test("exec gives a megabyte back as it came, each way at its own pace", async () => {
    await using running = await openRunning(createBackend())
    const text = Array.from({ length: 130_000 }, (_, line) => `${line}\n`).join("")
    const { stdout, exitCode } = await running.exec({ argv: ["/bin/cat"], env: {} }, text)
    expect([exitCode, stdout === text]).toEqual([0, true])
  })

  test("exec that nobody reads waits in the bottle, and continues when it is read", async () => {
    await using running = await openRunning(createBackend())
    let received = 0
    const full = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<number>()
    let isRead = false
    const exec: GuestExec | undefined = running.bottle.exec(
      { argv: ["/bin/sh", "-c", "head -c 3000000 /dev/zero"], env: {} },
      {
        onOutput(_, bytes) {
          received += bytes.byteLength
          if (isRead) exec?.took(bytes.byteLength)
          // The next piece may be too large for what is left of the window.
          else if (received > EXEC_WINDOW_BYTES - EXEC_CHUNK_BYTES) full.resolve()
        },
        onInputTaken: () => {},
        onExit: ended.resolve,
      },
    )
    await full.promise
    isRead = true
    expect(received).toBeLessThanOrEqual(EXEC_WINDOW_BYTES)
    exec?.took(received)
    expect([await ended.promise, received]).toEqual([0, 3_000_000])
  })

  test("exec on a terminal: a terminal of its own, of the size asked for, resized, and Ctrl-C is its", async () => {
    await using running = await openRunning(createBackend())
    const terminal = { columns: 91, rows: 17 }
    const script =
      "test -t 0 && tty | cut -c-9; stty size; trap 'echo; stty size; exit 9' INT; echo ready; read -r line"
    const said = Promise.withResolvers<void>()
    let text = ""
    const ended = Promise.withResolvers<number>()
    const exec: GuestExec | undefined = running.bottle.exec(
      { argv: ["/bin/sh", "-c", script], env: { TERM: "vt100" }, terminal },
      {
        onOutput(_, bytes) {
          text += Buffer.from(bytes).toString()
          exec?.took(bytes.byteLength)
          if (text.includes("ready")) said.resolve()
        },
        onInputTaken: () => {},
        onExit: ended.resolve,
      },
    )
    await said.promise
    exec?.resize({ columns: 50, rows: 10 })
    exec?.input(Buffer.from("\x03"))
    expect(await ended.promise).toBe(9)
    expect(text.replaceAll("\r", "").replace("^C", "")).toBe("/dev/pts/\n17 91\nready\n\n10 50\n")
  })

  test("a signal reaches the whole of a command; the agent and other commands continue", async () => {
    await using running = await openRunning(createBackend())
    const ended = Promise.withResolvers<number>()
    const up = Promise.withResolvers<void>()
    const exec = running.bottle.exec(
      { argv: ["/bin/sh", "-c", "trap '' TERM; sleep 1000 & echo up; wait; wait"], env: {} },
      { onOutput: () => up.resolve(), onInputTaken: () => {}, onExit: ended.resolve },
    )
    await up.promise
    exec?.signal("SIGKILL")
    expect(await ended.promise).toBe(137)
    const { stdout } = await running.exec({ argv: ["/bin/sh", "-c", "cat /proc/[0-9]*/comm"], env: {} })
    expect(stdout.split("\n").filter((name) => name === "sleep")).toHaveLength(1)
  })

  test("the bottle's end is the end of every command in it", async () => {
    await using running = await openRunning(createBackend())
    const ended = running.exec({ argv: ["/bin/sh", "-c", "sleep 1000"], env: {} })
    await running.bottle.kill()
    expect((await ended).exitCode).toBe(137)
    expect(running.bottle.exec({ argv: ["/bin/true"], env: {} }, SILENT)).toBeUndefined()
  })
}

const SILENT = { onOutput: () => {}, onInputTaken: () => {}, onExit: () => {} }

async function openRunning(backend: Backend, changes: Parameters<ReturnType<typeof openTestRun>["plan"]>[1] = {}) {
  const run = openTestRun()
  const bottle = await backend.launch(run.plan(IDLE, changes), { kind: "pipe" })
  await bottle.started
  return {
    bottle,
    exec: (command: ExecCommand, stdin = "") => execIn(bottle, command, stdin),
    async [Symbol.asyncDispose]() {
      await bottle.kill()
      await run[Symbol.asyncDispose]()
    },
  }
}

/** To its end, with everything read as it comes. */
function execIn(bottle: Bottle, command: ExecCommand, stdin: string) {
  const { promise, resolve } = Promise.withResolvers<{ exitCode: number; stdout: string; stderr: string }>()
  const said = { stdout: "", stderr: "" }
  let rest: Uint8Array = Buffer.from(stdin)
  let underWay = 0
  const exec: GuestExec | undefined = bottle.exec(command, {
    onOutput(stream, bytes) {
      said[stream] += Buffer.from(bytes).toString()
      exec?.took(bytes.byteLength)
    },
    onInputTaken(bytes) {
      underWay -= bytes
      feed()
    },
    onExit: (exitCode) => resolve({ exitCode, ...said }),
  })
  const feed = () => {
    const piece = rest.subarray(0, EXEC_WINDOW_BYTES - underWay)
    rest = rest.subarray(piece.byteLength)
    underWay += piece.byteLength
    if (piece.byteLength > 0) exec?.input(piece)
    if (rest.byteLength === 0 && underWay === 0) exec?.closeInput()
  }
  feed()
  return promise
}
