import { expect, test } from "bun:test"
import { inspect } from "node:util"
import { Secret } from "./secret.ts"

const secret = new Secret("sk-live-123")

test.each([
  ["a template", `${secret}`],
  ["concatenation", ["", secret].join("")],
  ["JSON", JSON.stringify({ secret })],
  ["node inspect", inspect({ nested: { secret } })],
  ["Bun inspect", Bun.inspect({ nested: [secret] })],
  ["an error message", String(new Error(`auth failed for ${secret}`))],
  ["Object.entries", JSON.stringify(Object.entries(secret))],
])("INV-10: %s does not reveal it", (_how, printed) => {
  expect(printed).not.toContain("sk-live-123")
})

test("reveal() gives the text back", () => {
  expect(secret.reveal()).toBe("sk-live-123")
})
