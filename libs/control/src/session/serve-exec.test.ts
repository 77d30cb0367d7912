import { expect, test } from "bun:test"
import type { Bottle } from "@bot-bottle/bottle"
import type { SessionOutput } from "@bot-bottle/contracts"
import { EXEC_WINDOW_BYTES } from "@bot-bottle/contracts/messages/session"
import type { ExecEvents, GuestExec } from "@bot-bottle/guest"
import type { Part } from "./peer.ts"
import { serveExec } from "./serve-exec.ts"

const CHUNK = Buffer.alloc(32 * 1024)

test("a client that sends more than the command takes is held until there is room", async () => {
  const scene = start()
  const chunks = EXEC_WINDOW_BYTES / CHUNK.byteLength
  for (let sent = 0; sent < chunks; sent += 1) scene.input(CHUNK)
  expect(scene.holds).toEqual(["held"])
  scene.events.onInputTaken(CHUNK.byteLength)
  await scene.released()
  expect(scene.holds).toEqual(["held", "released"])
})

test("the command's end releases a client that is held", async () => {
  const scene = start()
  scene.input(Buffer.alloc(EXEC_WINDOW_BYTES))
  scene.events.onExit(3)
  await scene.released()
  expect(scene.sent.at(-1)).toEqual({ kind: "exited", exitCode: 3 })
})

test.each([
  // output sent   acknowledged          refused
  [1_000, [1_000], false],
  [1_000, [400, 600], false],
  [1_000, [1_001], true],
  [1_000, [400, 601], true],
  [0, [1], true],
] as const)("after %d bytes of output, acknowledging %j is refused: %p", (bytes, acknowledged, isRefused) => {
  const scene = start()
  if (bytes > 0) scene.events.onOutput("stdout", Buffer.alloc(bytes))
  for (const took of acknowledged) scene.part.onMessage({ kind: "took", bytes: took })
  expect(scene.refusals.length).toBe(isRefused ? 1 : 0)
})

function start() {
  const sent: SessionOutput[] = []
  const holds: string[] = []
  const refusals: string[] = []
  let settled: Promise<unknown> = Promise.resolve()
  let events: ExecEvents | undefined
  const exec: GuestExec = { input() {}, closeInput() {}, took() {}, resize() {}, signal() {} }
  const bottle = {
    exec(_command: unknown, given: ExecEvents) {
      events = given
      return exec
    },
  } as unknown as Bottle
  const part: Part | undefined = serveExec(
    { slug: "mine-00000", bottle },
    {
      send: (message) => sent.push(message),
      close() {},
      holdUntil(promise) {
        holds.push("held")
        settled = promise.then(() => holds.push("released"))
      },
      waitingBytes: 0,
    },
    { kind: "exec", protocol: 1, argv: ["cat"], env: {} },
    (message) => void refusals.push(message),
  )
  if (part === undefined || events === undefined) throw new Error("The command was not started")
  const input = (bytes: Uint8Array) => part.onMessage({ kind: "input", data: Buffer.from(bytes).toString("base64") })
  return { part, events, sent, holds, refusals, input, released: () => settled }
}
