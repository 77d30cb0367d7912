import { expect, test } from "bun:test"
import { createEnding } from "./ending.ts"

test.each(["SIGINT", "SIGQUIT"] as const)(
  "%s ends the dashboard, but not one that came while a command had the terminal and is seen later",
  async (signal) => {
    using ending = createEnding()
    await ending.leaveKeysTo(async () => sendAtOnce(signal))
    expect(ending.signal.aborted).toBe(false)
    const aborted = new Promise<Event>((resolve) => ending.signal.addEventListener("abort", resolve))
    sendAtOnce(signal)
    await aborted
    expect(ending.signal.aborted).toBe(true)
  },
)

test("work that has the keys learns of a Ctrl-C since it began, and of none before", async () => {
  using ending = createEnding()
  const seen = () =>
    ending.leaveKeysTo(async (hasCome) => {
      const before = hasCome()
      sendAtOnce("SIGINT")
      while (!hasCome()) await Bun.sleep(1)
      return before
    })
  expect([await seen(), await seen()]).toEqual([false, false])
  expect(ending.signal.aborted).toBe(false)
})

/** It has come when this returns. It is seen when the event loop turns. */
function sendAtOnce(signal: NodeJS.Signals): void {
  Bun.spawnSync(["sh", "-c", `kill -${signal.slice(3)} ${process.pid}`])
}
