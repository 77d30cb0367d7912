import { expect, test } from "bun:test"
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import type { ProcessIdentity } from "@bot-bottle/contracts"
import { openTempFolder } from "@bot-bottle/testkit"
import { createForgeStateStore } from "./forge-state-store.ts"
import { createServingRecords } from "./serving-records.ts"

const HOLDER = "7:11:9f3b1c52-0d0e-4c8e-9a55-6f6f0d1c2b3a" as ProcessIdentity

test("the last record is read, whatever the case of the names, and does not count as an issue", async () => {
  await using folder = await openTempFolder()
  const records = createServingRecords(folder.path)
  await records.write({ owner: "ACME", repo: "widgets" }, { holder: HOLDER, delivery: "" })
  await records.write({ owner: "acme", repo: "Widgets" }, { holder: HOLDER, delivery: "d1" })
  expect(await records.read({ owner: "acme", repo: "widgets" })).toEqual({ holder: HOLDER, delivery: "d1" })
  expect(await records.read({ owner: "acme", repo: "other" })).toBeUndefined()
  expect(await createForgeStateStore(folder.path).all()).toEqual({ states: [], unreadable: [] })
})

test.each([
  "",
  "{",
  "[]",
  '{"holder":1,"delivery":""}',
  '{"holder":"nobody","delivery":""}',
  `{"holder":"${HOLDER}","delivery":"${"x".repeat(2_000)}"}`,
])("a record that holds %j counts as absent", async (text) => {
  await using folder = await openTempFolder()
  const path = join(folder.path, "forge/acme/widgets")
  await mkdir(path, { recursive: true })
  await Bun.write(join(path, "serving"), text)
  expect(await createServingRecords(folder.path).read({ owner: "acme", repo: "widgets" })).toBeUndefined()
})
