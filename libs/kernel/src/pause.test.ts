import { expect, test } from "bun:test"
import { getEventListeners } from "node:events"
import { pause } from "./pause.ts"

const LONG_MS = 60_000
const never = new AbortController().signal

test("a pause ends by its time", async () => {
  expect(await pause(1, never)).toBeUndefined()
})

test("a pause on a signal that was aborted before ends at once", async () => {
  expect(await pause(LONG_MS, AbortSignal.abort())).toBeUndefined()
})

test("an abort ends the pause", async () => {
  const over = new AbortController()
  const pausing = pause(LONG_MS, over.signal)
  over.abort()
  expect(await pausing).toBeUndefined()
})

test("a wake ends the pause", async () => {
  const wake = Promise.withResolvers<void>()
  const pausing = pause(LONG_MS, never, wake.promise)
  wake.resolve()
  expect(await pausing).toBeUndefined()
})

test("a hundred pauses leave no listener on the signal that they share", async () => {
  const { signal } = new AbortController()
  const pausing = pause(0, signal)
  expect(getEventListeners(signal, "abort")).toHaveLength(1)
  await pausing
  for (let i = 0; i < 100; i++) await pause(0, signal)
  expect(getEventListeners(signal, "abort")).toHaveLength(0)
})
