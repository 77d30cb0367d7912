// The session socket with real connections, and a bottle that notes what it is told.

import { expect, test } from "bun:test"
import { lstatSync } from "node:fs"
import { join } from "node:path"
import type { Bottle } from "@bot-bottle/bottle"
import { createLineWriter, type ExecEvents } from "@bot-bottle/guest"
import { openTempFolder, waitFor } from "@bot-bottle/testkit"
import { dialSession } from "./dial-session.ts"
import type { ClientMessage, LauncherMessage } from "./messages.ts"
import { createScreenModel } from "./screen-model.ts"
import { openSessionSocket } from "./serve-session.ts"

const SIZE = { columns: 80, rows: 24 }

test("INV-140: one that does not read misses output, holds nothing up, and gets the screen as it is when it reads again", async () => {
  await using host = await openHost()
  const before = process.memoryUsage().rss
  // Joined, and never read from: the messages pile up in its socket.
  const slow = await host.dial({ kind: "attach", terminal: SIZE })
  await waitFor("the attachment to be taken", host.socket.isJoined)
  const chunk = Buffer.from(`${"x".repeat(79)}\r\n`.repeat(400))
  slow.pause()
  for (let round = 0; round < 2_000; round += 1) host.write(chunk)
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024)
  await host.screen.write(Buffer.from("\x1b[2J\x1b[Hthe last word"))
  slow.resume()
  await waitFor("the screen to be drawn", () => slow.text().includes("the last word"))
  expect(slow.text().length).toBeLessThan((2_000 * chunk.byteLength) / 4)
})

test("INV-140: one that follows an agent without a terminal is told how much it missed", async () => {
  await using host = await openHost({ hasTerminal: false })
  const slow = await host.dial({ kind: "attach" })
  await waitFor("the attachment to be taken", host.socket.isJoined)
  slow.pause()
  const chunk = Buffer.alloc(64 * 1024, "y")
  for (let round = 0; round < 500; round += 1) host.socket.output(chunk, "stdout")
  slow.resume()
  const skipped = await waitFor("what was missed", () => slow.messages().find(({ kind }) => kind === "skipped"))
  const received = slow.text().length
  expect(received + (skipped.kind === "skipped" ? skipped.bytes : 0)).toBe(500 * chunk.byteLength)
})

test("what joins reaches the agent: keys, sizes, and its leaving nothing at all", async () => {
  await using host = await openHost()
  const one = await host.dial({ kind: "attach", terminal: SIZE })
  await waitFor("the drawing", () => one.messages().length > 1)
  one.send({ kind: "input", data: Buffer.from("ls").toString("base64") })
  one.send({ kind: "resize", size: { columns: 90, rows: 30 } })
  await waitFor("both", () => host.told.length === 3)
  one.close()
  await waitFor("the attachment to be free", () => !host.socket.isJoined())
  expect(host.told).toEqual(["resize 80x24", "input ls", "resize 90x30"])
})

test("everybody is told how the run ended, and the socket is gone", async () => {
  await using host = await openHost()
  expect(lstatSync(host.path).mode & 0o777).toBe(0o600)
  const one = await host.dial({ kind: "attach", terminal: SIZE })
  await waitFor("the drawing", () => one.messages().length > 1)
  await host.socket.end(7, ["session ended (exit 7)"])
  await waitFor("the end", () => one.messages().some(({ kind }) => kind === "ended"))
  expect(one.messages().at(-1)).toEqual({ kind: "ended", exitCode: 7, lines: ["session ended (exit 7)"] })
  expect(lstatSync(host.path, { throwIfNoEntry: false })).toBeUndefined()
  await expect(dialSession(host.root, "mine-00000", { kind: "attach" })).rejects.toThrow("does not answer")
})

test.each([
  ["no terminal", { kind: "attach" }, "joining an agent's terminal needs one"],
  ["a word of another build", { kind: "dance" }, "the run's launcher does not know what was asked of it"],
  ["too many commands", { kind: "exec", argv: ["true"], env: {} }, "no command can be run in 'mine-00000' now"],
] as const)("refused in words: %s", async (_, first, message) => {
  await using host = await openHost()
  const one = await host.dial(first as ClientMessage)
  const refusal = await waitFor("the refusal", () => one.messages()[0])
  expect(refusal).toMatchObject({ kind: "refused", message: expect.stringContaining(message) })
})

test("a connection that says nothing sensible, or too much, changes nothing for the others", async () => {
  await using host = await openHost()
  const odd = await host.dial({ kind: "attach", terminal: SIZE })
  await waitFor("the drawing", () => odd.messages().length > 1)
  for (const text of ["not json", "[]", "x".repeat(5_000_000)]) odd.sendLine(text)
  await waitFor("it to be closed", () => !host.socket.isJoined())
  const next = await host.dial({ kind: "attach", terminal: SIZE })
  await waitFor("the drawing", () => next.messages().length > 1)
  expect(next.messages()[0]).toEqual({ kind: "joined", as: "terminal" })
})

async function openHost({ hasTerminal = true } = {}) {
  const folder = await openTempFolder()
  const state = join(folder.path, "state", "mine-00000")
  await Bun.write(join(state, "metadata.json"), "{}")
  const path = join(state, "session.sock")
  const told: string[] = []
  const bottle = {
    input: async (bytes: Uint8Array) => void told.push(`input ${Buffer.from(bytes).toString()}`),
    resize: ({ columns, rows }: typeof SIZE) => void told.push(`resize ${columns}x${rows}`),
    exec: (_command: unknown, _events: ExecEvents) => undefined,
  } as unknown as Bottle
  const screen = createScreenModel(SIZE, () => {})
  const options = { path, slug: "mine-00000", bottle }
  const socket = openSessionSocket(
    hasTerminal ? { ...options, agent: "in-background-terminal", screen } : { ...options, agent: "without-terminal" },
  )
  return {
    root: folder.path,
    path,
    told,
    screen,
    socket,
    write(bytes: Uint8Array) {
      socket.output(bytes, "stdout")
    },
    dial: (first: ClientMessage) => dial(path, first),
    async [Symbol.asyncDispose]() {
      await socket.end(0, [])
      await folder[Symbol.asyncDispose]()
    },
  }
}

/** A connection that may stop reading. */
async function dial(path: string, first: ClientMessage) {
  let received = ""
  const socket = await Bun.connect({
    unix: path,
    socket: {
      data(_socket, bytes) {
        received += bytes.toString("latin1")
      },
      drain: () => writer.drain(),
    },
  })
  const writer = createLineWriter((bytes) => socket.write(bytes))
  const sendLine = (line: string) => writer.write(line)
  const send = (message: ClientMessage) => sendLine(JSON.stringify(message))
  const messages = () =>
    received
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as LauncherMessage)
  send(first)
  return {
    send,
    sendLine,
    messages,
    text: () =>
      messages()
        .map((message) => (message.kind === "output" ? Buffer.from(message.data, "base64").toString("latin1") : ""))
        .join(""),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: () => socket.end(),
  }
}
