import { expect, test } from "bun:test"
import { findFreePort } from "./free-port.ts"

test("findFreePort: another port each time, which can be listened on", () => {
  const ports = Array.from({ length: 50 }, findFreePort)
  for (const port of ports) Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } }).stop(true)
  expect(new Set(ports).size).toBeGreaterThan(1)
})
