// The screen's process alone, on a terminal, with orders from this test. It restores the terminal
// by itself when an error ends it, and a slow terminal does not keep it from answering keys.

import { expect, test } from "bun:test"
import { hostProgram, type ScreenIntent, type ScreenOrder, SEALED_FOLDER } from "@bot-bottle/contracts"
import { screenIntentSchema } from "@bot-bottle/contracts/messages/screen"
import { checkMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { waitFor } from "@bot-bottle/testkit"
import { SAMPLE_NOW_MS, sampleEvents } from "@bot-bottle/view/testing"
import { Terminal } from "@xterm/headless"

const DEADLINE_MS = 60_000

test(
  "an error in a handler ends it with exit code 1; the terminal is as before, and says the error",
  async () => {
    await using screen = openScreen()
    await screen.until("the picture", (text) => text.includes("fix the login"))
    expect(screen.isAlternate()).toBe(true)
    screen.send({ kind: "page", slug: "x", page: "no-such-page", lines: [] } as never)
    expect(await screen.exited).toBe(1)
    await screen.until("the error", (text) => text.includes("An order of the watcher is invalid"))
    expect({ isAlternate: screen.isAlternate(), mouse: screen.mouse() }).toEqual({ isAlternate: false, mouse: "none" })
  },
  DEADLINE_MS,
)

test(
  "a known order is shown, and q ends it with exit code 0",
  async () => {
    await using screen = openScreen()
    await screen.until("the picture", (text) => text.includes("fix the login"))
    screen.send({ kind: "outcome", text: "it worked", hint: null, is_problem: false })
    await screen.until("the outcome", (text) => text.includes("it worked"))
    screen.type("q")
    expect(await screen.exited).toBe(0)
    expect(screen.intents.at(-1)).toEqual({ kind: "quit" })
  },
  DEADLINE_MS,
)

function openScreen() {
  const emulator = new Terminal({ cols: 80, rows: 24, allowProposedApi: true, scrollback: 0 })
  const intents: ScreenIntent[] = []
  const child = Bun.spawn([...hostProgram(process.execPath, "screen")], {
    cwd: SEALED_FOLDER,
    env: { PATH: process.env["PATH"] ?? "", TERM: "xterm-256color", LANG: "C.UTF-8" },
    terminal: { cols: 80, rows: 24, data: (_, chunk) => emulator.write(new Uint8Array(chunk)) },
    serialization: "json",
    ipc(value) {
      const parsed = checkMessage(screenIntentSchema, value)
      if (parsed.outcome === "parsed") intents.push(parsed.message)
    },
  })
  let isOpen = true
  emulator.onData((answer) => void (isOpen && child.terminal?.write(answer)))
  const send = (order: ScreenOrder) => child.send(order)
  const setup = { theme: "dark", guess: "dark", glyphs: "unicode", mouse: true, keys: {}, commands: [] } as const
  send({ kind: "setup", ...setup, place: null })
  send({ kind: "events", events: [...sampleEvents({ nowMs: SAMPLE_NOW_MS })] })
  const text = () => {
    const { active } = emulator.buffer
    return Array.from({ length: 24 }, (_, row) => active.getLine(row)?.translateToString(true) ?? "").join("\n")
  }
  return {
    send,
    intents,
    exited: child.exited,
    type: (typed: string) => void child.terminal?.write(typed),
    isAlternate: () => emulator.buffer.active.type === "alternate",
    mouse: () => emulator.modes.mouseTrackingMode,
    until: (what: string, holds: (screen: string) => boolean) =>
      waitFor(what, async () => holds(text()) || undefined, { deadlineMs: 15_000, describe: text }),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL")
      await child.exited
      isOpen = false
      child.terminal?.close()
      emulator.dispose()
    },
  }
}
