import { expect, test } from "bun:test"
import { createControlChannel } from "./control-channel.ts"
import { EXEC_CHUNK_BYTES, EXEC_WINDOW_BYTES } from "./forwarder/control-messages.ts"
import { SELF_TEST_CHECKS } from "./forwarder/self-test.ts"

const COMMAND = { argv: ["true"], env: {} }
const FULL = { kind: "exec-output", id: 1, stream: "stdout", data: Buffer.alloc(EXEC_CHUNK_BYTES).toString("base64") }

test("a command's output, room and end reach who asked for it, and orders reach the guest", () => {
  const guest = openGuest()
  const exec = guest.exec()
  exec?.input(Buffer.from("in"))
  exec?.took(2)
  exec?.closeInput()
  guest.say({ kind: "exec-output", id: 1, stream: "stderr", data: "aGk=" })
  guest.say({ kind: "exec-room", id: 1, bytes: 2 })
  guest.say({ kind: "exec-exit", id: 1, exitCode: 7 })
  expect(guest.heard).toEqual(["stderr hi", "taken 2", "exit 7"])
  expect(guest.orders()).toEqual([
    { kind: "exec", id: 1, ...COMMAND },
    { kind: "exec-input", id: 1, data: "aW4=" },
    { kind: "exec-room", id: 1, bytes: 2 },
    { kind: "exec-input", id: 1, data: "" },
  ])
})

test("INV-73: a guest that sends more than it was given room for is not listened to any more", () => {
  const guest = openGuest()
  guest.exec()
  for (let sent = 0; sent < EXEC_WINDOW_BYTES; sent += EXEC_CHUNK_BYTES) guest.say(FULL)
  expect(guest.heard).toHaveLength(EXEC_WINDOW_BYTES / EXEC_CHUNK_BYTES)
  guest.say(FULL)
  expect(guest.heard.at(-1)).toBe("exit 137")
  guest.say({ kind: "exec-exit", id: 1, exitCode: 0 })
  expect(guest.heard.at(-1)).toBe("exit 137")
  expect(guest.exec()).toBeUndefined()
})

test("room that was given is room: the same guest continues for as long as it is read", () => {
  const guest = openGuest()
  const exec = guest.exec()
  for (let sent = 0; sent < 4 * EXEC_WINDOW_BYTES; sent += EXEC_CHUNK_BYTES) {
    guest.say(FULL)
    exec?.took(EXEC_CHUNK_BYTES)
  }
  expect(guest.heard).toHaveLength((4 * EXEC_WINDOW_BYTES) / EXEC_CHUNK_BYTES)
})

test.each([
  ["a command that is not there", '{"kind":"exec-exit","id":2,"exitCode":0}'],
  ["room for input that nobody sent", '{"kind":"exec-room","id":1,"bytes":1}'],
  ["room of nothing, which has no end", '{"kind":"exec-room","id":1,"bytes":0}'],
  ["a second start", '{"kind":"started"}\n{"kind":"started"}'],
  [
    "findings of an agent that runs",
    `{"kind":"started"}\n{"kind":"self-test","findings":${JSON.stringify(findings())}}`,
  ],
  ["no word at all", "hello"],
  ["a line without end", "x".repeat(70_000)],
])("INV-73: after %s every command is over", (_, line) => {
  const guest = openGuest()
  guest.exec()
  guest.sayLine(line)
  expect(guest.heard).toEqual(["exit 137"])
})

test("only so many commands at once, and none once the bottle has ended", () => {
  const guest = openGuest()
  const opened = Array.from({ length: 40 }, () => guest.exec()).filter((exec) => exec !== undefined)
  expect(opened).toHaveLength(32)
  guest.say({ kind: "exec-exit", id: 1, exitCode: 0 })
  expect(guest.exec()).toBeDefined()
  guest.end()
  expect(guest.heard).toHaveLength(33)
  expect(guest.exec()).toBeUndefined()
})

const FINDINGS = findings()

test.each([
  // words                                                                                          believed
  [[{ kind: "self-test", findings: FINDINGS }, { kind: "started" }], FINDINGS],
  [[{ kind: "started" }, { kind: "self-test", findings: FINDINGS }], undefined],
  [[{ kind: "self-test", findings: FINDINGS.slice(1) }], undefined],
  [[{ kind: "self-test", findings: [...FINDINGS].reverse() }], undefined],
  [[{ kind: "self-test", findings: FINDINGS.map((finding) => ({ ...finding, ok: 1 })) }], undefined],
  [[{ kind: "self-test", findings: "all fine" }], undefined],
] as const)(
  "INV-73: the self-test's findings count once, before the agent runs, and whole: %j",
  async (words, believed) => {
    const guest = openGuest()
    for (const word of words) guest.say(word)
    guest.say({ kind: "self-test", findings: FINDINGS.map((finding) => ({ ...finding, ok: false })) })
    guest.end()
    // A word that cannot be believed ends all belief, and what was not said by then is not said.
    expect<unknown>(await guest.selfTest).toEqual(believed)
  },
)

function findings() {
  return SELF_TEST_CHECKS.map((check) => ({ check, expected: "closed", seen: "closed", ok: true }))
}

function openGuest() {
  const heard: string[] = []
  let sent = ""
  const controlChannel = createControlChannel((bytes) => {
    sent += Buffer.from(bytes).toString()
    return bytes.byteLength
  })
  const sayLine = (line: string) => controlChannel.read(Buffer.from(`${line}\n`))
  sayLine("up")
  return {
    heard,
    sayLine,
    say: (word: unknown) => sayLine(JSON.stringify(word)),
    orders: () =>
      sent
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    exec: () =>
      controlChannel.execs.open(COMMAND, {
        onOutput: (stream, bytes) => heard.push(`${stream} ${Buffer.from(bytes).toString()}`),
        onInputTaken: (bytes) => heard.push(`taken ${bytes}`),
        onExit: (exitCode) => heard.push(`exit ${exitCode}`),
      }),
    end: controlChannel.end,
    selfTest: controlChannel.selfTest,
  }
}
