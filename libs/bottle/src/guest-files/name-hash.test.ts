import { expect, test } from "bun:test"
import { opensslNameHash } from "./name-hash.ts"

// biome-ignore format: a table
test.each([
  // common name                 as `openssl x509 -subject_hash` prints it
  ["bot-bottle run Dev-abc12",   "4ce4a35f"],
  ["  BOT-bottle   run dev-ABC12", "4ce4a35f"],
  ["bot-bottle run x-00000",     "d3535fac"],
] as const)("opensslNameHash of %j is %s", (name, hash) => {
  expect(opensslNameHash(name)).toBe(hash)
})

test("a name that no common name can be is an error", () => {
  expect(() => opensslNameHash("x".repeat(128))).toThrow(RangeError)
})
