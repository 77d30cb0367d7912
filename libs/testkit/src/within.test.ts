import { expect, test } from "bun:test"
import { within } from "./within.ts"

test("an event that comes is handed on, and so is its error", async () => {
  expect(await within("a number", Promise.resolve(7))).toBe(7)
  await expect(within("a number", Promise.reject(new Error("broken")))).rejects.toThrow("broken")
})

test("an event that does not come is named, with how far it came", async () => {
  const never = new Promise<never>(() => {})
  await expect(within("the end", never, { deadlineMs: 1, describe: () => "so far: 3 of 4" })).rejects.toThrow(
    "Waited 1 ms in vain for the end\nso far: 3 of 4",
  )
})
