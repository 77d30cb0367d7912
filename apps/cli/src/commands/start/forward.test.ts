import { expect, test } from "bun:test"
import { parsePorts } from "./forward.ts"

test.each([
  ["3000", { port: 3000, hostPort: 3000 }],
  ["3000:8080", { port: 3000, hostPort: 8080 }],
  ["65535:1", { port: 65_535, hostPort: 1 }],
] as const)("%s is %p", (text, ports) => {
  expect(parsePorts(text)).toEqual(ports)
})

test.each(["", "0", "65536", "3000:", "3000:0", ":3000", "a", "3000:80:1", "3e3", "-1", " 3000"])(
  "%j is not a port",
  (text) => {
    expect(() => parsePorts(text)).toThrow("is not a port")
  },
)
