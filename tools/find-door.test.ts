import { expect, test } from "bun:test"
import { findDoor } from "./find-door.ts"

const EXPORTS = { ".": "./src/index.ts", "./testing": "./src/testing/index.ts", "./messages/*": "./src/messages/*.ts" }

// biome-ignore format: a table
test.each([
  [".",                       "./src/index.ts"],
  ["./testing",               "./src/testing/index.ts"],
  ["./messages/session",      "./src/messages/session.ts"],
  ["./messages/",             undefined],
  ["./messages",              undefined],
  ["./other",                 undefined],
])("the door %s leads to %p", (door, file) => {
  expect(findDoor(EXPORTS, door)).toBe(file)
})
