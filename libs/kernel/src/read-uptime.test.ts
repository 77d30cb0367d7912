import { expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { readUptimeMs } from "./read-uptime.ts"

test("the time since the boot is the kernel's own, in milliseconds, and does not go back", () => {
  const before = readUptimeMs()
  // Its two digits are cut off.
  const told = Number.parseFloat(readFileSync("/proc/uptime", "latin1")) * 1_000
  const after = readUptimeMs()
  expect([before <= after, told > before - 11, told <= after]).toEqual([true, true, true])
})
