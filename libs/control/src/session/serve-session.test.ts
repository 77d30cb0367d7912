// The session socket with real connections, and a bottle that notes what it is told.

import { expect, test } from "bun:test"
import { lstatSync } from "node:fs"
import { join } from "node:path"
import type { Bottle } from "@bot-bottle/bottle"
import type { SessionHello, SessionInput, SessionOutput, SessionRequest } from "@bot-bottle/contracts"
import {
  EXEC_WINDOW_BYTES,
  MAX_SESSION_MESSAGE,
  sessionHelloSchema,
  sessionOutputSchema,
} from "@bot-bottle/contracts/messages/session"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { createLineWriter, type ExecEvents } from "@bot-bottle/guest"
import { openTempFolder, waitFor, within } from "@bot-bottle/testkit"
import { dialSession } from "../client/dial-session.ts"
import { createScreenModel } from "./screen-model.ts"
import { openSessionSocket } from "./serve-session.ts"

const SIZE = { columns: 80, rows: 24 }

test("one that does not read misses output, holds nothing up, and gets the screen as it is when it reads again", async () => {
  await using host = await openHost()
  const before = process.memoryUsage().rss
  // Joined, and never read from: the messages pile up in its socket.
  const slow = await host.dial({ kind: "attach", protocol: 1, terminal: SIZE })
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

test("one that follows an agent without a terminal is told how much it missed", async () => {
  await using host = await openHost({ hasTerminal: false })
  const slow = await host.dial({ kind: "attach", protocol: 1 })
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
  const one = await host.dial({ kind: "attach", protocol: 1, terminal: SIZE })
  await waitFor("the drawing", () => one.messages().length > 2)
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
  const one = await host.dial({ kind: "attach", protocol: 1, terminal: SIZE })
  await waitFor("the drawing", () => one.messages().length > 2)
  await host.socket.end(7, ["session ended (exit 7)"])
  await waitFor("the end", () => one.messages().some(({ kind }) => kind === "ended"))
  expect(one.messages().at(-1)).toEqual({ kind: "ended", exitCode: 7, lines: ["session ended (exit 7)"] })
  expect(lstatSync(host.path, { throwIfNoEntry: false })).toBeUndefined()
  await expect(dialSession(host.root, "mine-00000", { kind: "attach" })).rejects.toThrow("does not answer")
})

// biome-ignore format: a table
test.each([
  // first message                                                  refusal
  [{ kind: "attach", protocol: 1 },                                 "attaching to an agent's terminal needs a terminal"],
  [{ kind: "exec", protocol: 1, argv: ["true"], env: {} },          "no command can be run in 'mine-00000' now"],
  [{ kind: "attach", terminal: SIZE },                              "it names no protocol version; this build of bot-bottle uses version 1"],
  [{ kind: "attach", protocol: 2, terminal: SIZE },                 "it uses protocol version 2; this build of bot-bottle uses version 1"],
  [{ kind: "dance", protocol: 1 },                                  `'kind' is invalid: expected ("attach" | "exec")`],
  [{ kind: "attach", protocol: 1, terminal: "yes" },                "'terminal' is invalid: expected Object"],
  [{ kind: "exec", protocol: 1 },                                   "'argv' is missing"],
  [{ kind: "input", protocol: 1, data: "" },                        `'kind' is invalid: expected ("attach" | "exec")`],
  ["x".repeat(5_000_000),                                           "it is longer than 4194304 characters"],
] as const)("a client that begins wrongly is refused by name and closed: %#", async (first, message) => {
  await using host = await openHost()
  const other = await attach(host)
  const one = await host.dial(first)
  await one.closed
  expect(one.messages().at(-1)).toMatchObject({ kind: "refused", message: expect.stringContaining(message) })
  await expectUnnoticed(host, other)
})

// biome-ignore format: a table
test.each([
  // later message                                                  refusal
  ["not json",                                                      "it is not valid JSON"],
  ["[]",                                                            "'kind' is missing"],
  ["null",                                                          "it is invalid: expected Object"],
  ["",                                                              "it is not valid JSON"],
  [{ kind: "input" },                                               "'data' is missing"],
  [{ kind: "input", data: 5 },                                      "'data' is invalid: expected string"],
  [{ kind: "resize" },                                              "'size' is missing"],
  [{ kind: "resize", size: { columns: 1e9, rows: 1e9 } },           "'size.columns' is invalid: expected <=1000"],
  [{ kind: "resize", size: { columns: -1, rows: 24 } },             "'size.columns' is invalid: expected >=1"],
  [{ kind: "took", bytes: 1e300 },                                  "'bytes' is invalid: expected safe integer"],
  [{ kind: "signal", signal: "SIGSTOP" },                           "'signal' is invalid"],
  [{ kind: "attach", protocol: 1, terminal: SIZE },                 "'kind' is invalid"],
  ["x".repeat(5_000_000),                                           "it is longer than 4194304 characters"],
] as const)("a client that goes wrong later is refused by name and closed: %#", async (later, message) => {
  await using host = await openHost({ hasTerminal: false })
  const other = await attach(host)
  const one = await attach(host)
  one.sendLine(typeof later === "string" ? later : JSON.stringify(later))
  one.send({ kind: "redraw" })
  await one.closed
  expect(one.messages().at(-1)).toMatchObject({ kind: "refused", message: expect.stringContaining(message) })
  await expectUnnoticed(host, other)
})

test("an exception while one client is served closes that client and no other", async () => {
  await using host = await openHost({
    resize: () => {
      throw new Error("the bottle is gone")
    },
  })
  const one = await host.dial({ kind: "attach", protocol: 1, terminal: SIZE })
  await one.closed
  const two = await host.dial({ kind: "exec", protocol: 1, argv: ["true"], env: {} })
  await two.closed
  expect(two.messages().at(-1)).toMatchObject({ kind: "refused" })
})

test("a client that is refused and does not read is cut off all the same", async () => {
  await using host = await openHost()
  const one = await attach(host)
  one.pause()
  for (let round = 0; round < 200; round += 1) host.write(Buffer.alloc(32 * 1024, "x"))
  one.sendLine("not json")
  await waitFor("the attachment to be free", () => !host.socket.isJoined())
})

test("input that the agent does not take holds its client up, and not the launcher's memory", async () => {
  await using host = await openHost({ input: () => new Promise(() => {}) })
  const one = await attach(host)
  const data = Buffer.alloc(EXEC_WINDOW_BYTES).toString("base64")
  for (let round = 0; round < 400; round += 1) one.send({ kind: "input", data })
  await waitFor("input to arrive", () => host.told.length > 0)
  await Bun.sleep(200)
  expect(host.told.length).toBeLessThan(20)
})

test.each([
  [
    "of another version",
    '{"kind":"hello","protocol":7}',
    "it uses protocol version 7; this build of bot-bottle uses version 1",
  ],
  ["that does not greet", '{"kind":"joined","as":"terminal"}', "it names no protocol version"],
  [
    "that sends a wrong shape",
    '{"kind":"hello","protocol":1}\n{"kind":"output","stream":"stdout"}',
    "'data' is missing",
  ],
  [
    "that sends no end of a line",
    `{"kind":"hello","protocol":1}\n${"x".repeat(5_000_000)}`,
    "a message is longer than",
  ],
] as const)("a client of a launcher %s says so", async (_what, lines, problem) => {
  await using folder = await openTempFolder()
  const state = join(folder.path, "state", "mine-00000")
  await Bun.write(join(state, "metadata.json"), "{}")
  const writer = { drain: () => {} }
  using listener = Bun.listen({
    unix: join(state, "session.sock"),
    socket: {
      open(socket) {
        const lineWriter = createLineWriter((bytes) => socket.write(bytes))
        writer.drain = lineWriter.drain
        lineWriter.write(lines)
      },
      drain: () => writer.drain(),
      data: () => {},
    },
  })
  const talk = async () => {
    using session = await dialSession(folder.path, "mine-00000", { kind: "attach" })
    for await (const _message of session.messages);
  }
  await expect(talk()).rejects.toThrow(problem)
  listener.stop(true)
})

type TestHost = Awaited<ReturnType<typeof openHost>>

async function attach(host: TestHost) {
  const one = await host.dial({ kind: "attach", protocol: 1, terminal: SIZE })
  await waitFor("the attachment", () => one.messages().some(({ kind }) => kind === "joined"))
  return one
}

/** The other client still gets the agent's output. */
async function expectUnnoticed(host: TestHost, other: Awaited<ReturnType<typeof attach>>): Promise<void> {
  host.write(Buffer.from("still here"))
  await waitFor("output for the other client", () => other.text().includes("still here"))
}

interface HostOptions {
  readonly hasTerminal?: boolean
  readonly resize?: () => void
  readonly input?: () => Promise<void>
}

async function openHost({ hasTerminal = true, resize, input }: HostOptions = {}) {
  const folder = await openTempFolder()
  const state = join(folder.path, "state", "mine-00000")
  await Bun.write(join(state, "metadata.json"), "{}")
  const path = join(state, "session.sock")
  const told: string[] = []
  const bottle = {
    async input(bytes: Uint8Array) {
      told.push(`input ${Buffer.from(bytes.subarray(0, 100)).toString()}`)
      await input?.()
    },
    resize({ columns, rows }: typeof SIZE) {
      resize?.()
      told.push(`resize ${columns}x${rows}`)
    },
    exec: (_command: unknown, _events: ExecEvents) => undefined,
  } as unknown as Bottle
  const screen = createScreenModel(SIZE, () => {})
  const options = { path, slug: "mine-00000", bottle }
  const socket = openSessionSocket(hasTerminal ? { ...options, screen } : options)
  return {
    root: folder.path,
    path,
    told,
    screen,
    socket,
    write(bytes: Uint8Array) {
      socket.output(bytes, "stdout")
    },
    dial: (first: object | string) => dial(path, first),
    async [Symbol.asyncDispose]() {
      await socket.end(0, [])
      await folder[Symbol.asyncDispose]()
    },
  }
}

function readMessage(line: string): SessionHello | SessionOutput {
  const hello = parseMessage(sessionHelloSchema, line, { maxLength: MAX_SESSION_MESSAGE })
  if (hello.outcome === "parsed") return hello.message
  const output = parseMessage(sessionOutputSchema, line, { maxLength: MAX_SESSION_MESSAGE })
  if (output.outcome === "parsed") return output.message
  throw new Error(`${output.problem}, in ${line}`)
}

/** A connection that may stop reading. */
async function dial(path: string, first: object | string) {
  let received = ""
  const closed = Promise.withResolvers<void>()
  const socket = await Bun.connect({
    unix: path,
    socket: {
      data(_socket, bytes) {
        received += bytes.toString("latin1")
      },
      drain: () => writer.drain(),
      close: () => closed.resolve(),
    },
  })
  const writer = createLineWriter((bytes) => socket.write(bytes))
  const sendLine = (line: string) => writer.write(line)
  const send = (message: SessionRequest | SessionInput) => sendLine(JSON.stringify(message))
  const messages = () => received.split("\n").slice(0, -1).map(readMessage)
  sendLine(typeof first === "string" ? first : JSON.stringify(first))
  return {
    get closed() {
      return within("the launcher to close a client", closed.promise, { describe: () => received.slice(-500) })
    },
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
