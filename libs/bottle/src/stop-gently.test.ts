import { expect, test } from "bun:test"
import { stopGently } from "./stop-gently.ts"

test("INV-46: an agent that leaves when asked is not waited for; what it left running is killed all the same", async () => {
  const { steps, bottle } = fakeBottle({ leaves: true })
  await stopGently(bottle)
  expect(steps).toEqual(["SIGTERM", "left", "kill"])
})

test("INV-46: one that stays is killed after its moment", async () => {
  const { steps, bottle } = fakeBottle({ leaves: false })
  await stopGently(bottle, 50)
  expect(steps).toEqual(["SIGTERM", "kill"])
})

function fakeBottle({ leaves }: { readonly leaves: boolean }) {
  const steps: string[] = []
  const exited = Promise.withResolvers<number>()
  const bottle = {
    exited: exited.promise,
    signal(name: string) {
      steps.push(name)
      if (!leaves) return
      steps.push("left")
      exited.resolve(0)
    },
    kill: async () => void steps.push("kill"),
  }
  return { steps, bottle }
}
