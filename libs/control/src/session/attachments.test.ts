import { expect, test } from "bun:test"
import type { Bottle } from "@bot-bottle/bottle"
import type { SessionOutput } from "@bot-bottle/contracts"
import { createAttachments } from "./attachments.ts"
import { createScreenModel } from "./screen-model.ts"

const SIZE = { columns: 80, rows: 24 }

test("a client that asks for drawings and reads none gets one when it reads again", async () => {
  const scene = attach()
  await scene.drawn()
  scene.waitingBytes = 2 * 1024 * 1024
  const before = scene.sent.length
  for (let round = 0; round < 5; round += 1) {
    scene.part.onMessage({ kind: "redraw" })
    await scene.drawn()
  }
  expect(scene.sent.length).toBe(before)
  scene.waitingBytes = 0
  scene.part.drained?.()
  await scene.drawn()
  expect(scene.sent.slice(before).map(({ kind }) => kind)).toEqual(["output"])
})

function attach() {
  const sent: SessionOutput[] = []
  const screen = createScreenModel(SIZE, () => {})
  const bottle = { resize() {}, input: async () => {} } as unknown as Bottle
  const attachments = createAttachments({
    path: "",
    slug: "mine-00000",
    bottle,
    screen,
  })
  const scene = { sent, waitingBytes: 0, drawn: () => screen.redraw() }
  const peer = {
    send: (message: SessionOutput) => void sent.push(message),
    close() {},
    holdUntil() {},
    get waitingBytes() {
      return scene.waitingBytes
    },
  }
  const part = attachments.add(peer, SIZE, (message) => {
    throw new Error(message)
  })
  if (part === undefined) throw new Error("The client was not attached")
  return Object.assign(scene, { part })
}
