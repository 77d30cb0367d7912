import { expect, test } from "bun:test"
import { createNameTable } from "./name-table.ts"

test("INV-101: a name keeps its address, every name has its own, and each leads back", () => {
  const table = createNameTable()
  const names = Array.from({ length: 1_000 }, (_, index) => `n${index}.example.com`)
  const addresses = names.map((name) => table.addressOf(name) ?? "")
  expect(names.map((name) => table.addressOf(name))).toEqual(addresses)
  expect(addresses.map((address) => table.nameOf(address))).toEqual(names)
  expect([addresses[0], addresses[253], addresses[254]]).toEqual(["127.64.0.1", "127.64.0.254", "127.64.1.1"])
  expect(addresses.filter((address) => /\.(?:0|255)$/.test(address))).toEqual([])
})

test("INV-101: when there are no addresses left, a new name gets none and the old ones keep theirs", () => {
  const table = createNameTable(2)
  const given = ["a", "b", "c", "a"].map((name) => table.addressOf(name))
  expect(given).toEqual(["127.64.0.1", "127.64.0.2", undefined, "127.64.0.1"])
  expect(table.nameOf("127.0.0.1")).toBeUndefined()
})
