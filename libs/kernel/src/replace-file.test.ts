import { expect, test } from "bun:test"
import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { openTempFolder } from "@bot-bottle/testkit"
import { replaceFile } from "./replace-file.ts"

test("a file is made, and replaced whole, for its owner alone", async () => {
  await using folder = await openTempFolder()
  const path = join(folder.path, "record.json")
  for (const text of ["one, and long", "two"]) {
    replaceFile(path, text)
    expect([readFileSync(path, "utf8"), statSync(path).mode & 0o777]).toEqual([text, 0o600])
  }
  expect(readdirSync(folder.path)).toEqual(["record.json"])
})

test("a link stays a link, and its file is replaced", async () => {
  await using folder = await openTempFolder()
  const [file, link] = [join(folder.path, "file"), join(folder.path, "link")]
  writeFileSync(file, "one")
  symlinkSync(file, link)
  replaceFile(link, "two")
  expect([lstatSync(link).isSymbolicLink(), readFileSync(file, "utf8")]).toEqual([true, "two"])
})

test("a text that cannot take the file's place leaves no draft", async () => {
  await using folder = await openTempFolder()
  const path = join(folder.path, "record.json")
  mkdirSync(join(path, "inside"), { recursive: true })
  expect(() => replaceFile(path, "x")).toThrow(/EISDIR|ENOTEMPTY|directory/)
  expect(readdirSync(folder.path)).toEqual(["record.json"])
})
