// An interactive bottle, with a PTY of ours as the operator's terminal: for every backend.

import { expect, test } from "bun:test"
import { join } from "node:path"
import { openTestRun, type Subject } from "@bot-bottle/bottle/testing"
import { within } from "@bot-bottle/testkit"
import { describeIsolated } from "./require-isolation.ts"

const LAUNCHER = join(import.meta.dir, "../../libs/bottle/src/testing/launcher.ts")
/** Bit of c_lflag: off while a terminal is raw. */
const ICANON = 2

export async function terminalSuite(subject: Subject): Promise<void> {
  await describeIsolated(`${subject.name}, interactive`, subject.create(), () => {
    test("the agent has a terminal of its own, of the operator's size, and follows its changes", async () => {
      await using session = await openSession(
        subject,
        "tty; stty size; trap 'stty size; exit 3' WINCH; echo ready; while :; do sleep 0.01; done",
      )
      await session.shown("ready")
      expect(session.screen().split("\r\n").slice(0, 2)).toEqual(["/dev/pts/0", "31 97"])
      session.terminal.resize(81, 22)
      expect(await session.exited).toBe(3)
      await session.shown("22 81")
    })

    test("what is typed arrives byte for byte; Ctrl-C interrupts the agent's program and not its bottle", async () => {
      await using session = await openSession(
        subject,
        // An interrupt may come before the first read as well as into it.
        'trap \'echo interrupted\' INT; echo ready; until read line && [ -n "$line" ]; do :; done; echo "got <$line>"; exit 6',
      )
      await session.shown("ready")
      session.terminal.write("\x03")
      await session.shown("interrupted")
      session.terminal.write("hällo wörld\r")
      expect(await session.exited).toBe(6)
      await session.shown("got <hällo wörld>")
    })

    test("the terminal is raw while the agent runs, and cooked and readable once it has ended", async () => {
      await using session = await openSession(subject, "echo ready; read line; exit 0", { lingers: true })
      await session.shown("ready")
      expect(session.terminal.localFlags & ICANON).toBe(0)
      session.terminal.write("\r")
      await session.shown("lingering")
      expect(session.terminal.localFlags & ICANON).toBe(ICANON)
      session.terminal.write("key\r")
      expect(await session.exited).toBe(0)
    })

    test.each(["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT"] as const)(
      "%s to the launcher ends the bottle and puts the terminal back",
      async (signal) => {
        await using session = await openSession(
          subject,
          "printf '\\033[?1049h\\033[?25l'; trap '' TERM HUP INT; echo ready; while :; do sleep 1; done",
        )
        await session.shown("ready")
        session.signal(signal)
        expect(await session.exited).toBe(137)
        expect(session.terminal.localFlags & ICANON).toBe(ICANON)
        // Out of whatever was begun, and of the alternate screen, cursor shown again.
        await session.shown("\x18\x1b[?1049l")
        await session.shown("\x1b[?25h")
      },
    )

    test("INV-72: no descriptor in the bottle is the operator's terminal", async () => {
      await using session = await openSession(
        subject,
        "for pid in 1 2 $$; do readlink /proc/$pid/fd/0 /proc/$pid/fd/1 /proc/$pid/fd/2; done | sort -u; ls -1 /dev/pts; exit 0",
      )
      expect(await session.exited).toBe(0)
      await session.shown("ptmx")
      const targets = session.screen().trim().split("\r\n")
      expect(targets.filter((target) => !/^(pipe:\[\d+\]|\/dev\/pts\/0|\/dev\/null|0|ptmx)$/.test(target))).toEqual([])
      expect(targets).toContain("/dev/pts/0")
    })

    test.each([
      ["stops itself", "kill -STOP $$"],
      ["stops its group", "kill -STOP 0"],
      ["has a child stop it", "sh -c 'kill -STOP 0'"],
    ])("an agent that %s, as on Ctrl-Z, continues: no shell above it would wake it", async (_what, stop) => {
      await using session = await openSession(subject, `trap 'echo woken' CONT; ${stop}; echo running; exit 7`)
      expect(await session.exited).toBe(7)
      await session.shown("running")
    })

    test("a job that a shell in the bottle stopped stays stopped", async () => {
      await using session = await openSession(
        subject,
        "exec bash -ic 'sleep 100 & kill -STOP %1; sleep 1.5; jobs -s; exit 3'",
      )
      expect(await session.exited).toBe(3)
      await session.shown("Stopped")
    })

    test("2 MB of output arrive whole and in order", async () => {
      await using session = await openSession(subject, "stty -onlcr; seq 1 300000; exit 0")
      expect(await session.exited).toBe(0)
      await session.shown("300000\n")
      const expected = Array.from({ length: 300_000 }, (_, index) => `${index + 1}\n`).join("")
      expect(session.screen() === expected).toBe(true)
    })
  })
}

async function openSession(subject: Subject, script: string, { lingers = false } = {}) {
  const run = openTestRun()
  const input = {
    backend: subject.name,
    plan: run.plan(["/bin/sh", "-c", script], { env: { TERM: "xterm-256color" } }),
    stdio: "terminal",
    lingers,
  }
  const chunks: Uint8Array[] = []
  let wake = () => {}
  const child = Bun.spawn([process.execPath, LAUNCHER, JSON.stringify(input)], {
    terminal: {
      cols: 97,
      rows: 31,
      data(_terminal, bytes) {
        chunks.push(new Uint8Array(bytes))
        wake()
      },
    },
  })
  const screen = () => Buffer.concat(chunks).toString()
  return {
    terminal: child.terminal!,
    exited: child.exited,
    screen,
    signal: (name: NodeJS.Signals) => child.kill(name),
    /** By now or later: a program's end may be known before its last words are. */
    async shown(text: string) {
      while (!screen().includes(text)) {
        const next = Promise.withResolvers<void>()
        wake = next.resolve
        await within(`${JSON.stringify(text)} on the screen`, next.promise, { deadlineMs: 30_000, describe: screen })
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL")
      await child.exited
      child.terminal?.close()
      await run[Symbol.asyncDispose]()
    },
  }
}
