import { expect, test } from "bun:test"
import { REFERENCE, writtenReference } from "./reference.ts"

test("docs/reference.md is the command line as it is now: bun tools/reference.ts", async () => {
  expect(await Bun.file(REFERENCE).text()).toBe(writtenReference())
})
