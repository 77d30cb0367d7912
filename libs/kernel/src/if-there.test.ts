import { expect, test } from "bun:test"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { openTempFolder } from "@bot-bottle/testkit"
import { ifThere } from "./if-there.ts"

test("only what does not exist is undefined; every other error is thrown", async () => {
  await using folder = await openTempFolder()
  const file = join(folder.path, "file")
  expect(ifThere(() => readFileSync(file, "utf8"))).toBeUndefined()
  writeFileSync(file, "text")
  expect(ifThere(() => readFileSync(file, "utf8"))).toBe("text")
  expect(() => ifThere(() => readFileSync(folder.path))).toThrow("EISDIR")
  expect(() => ifThere(() => readdirSync(file))).toThrow("ENOTDIR")
})
