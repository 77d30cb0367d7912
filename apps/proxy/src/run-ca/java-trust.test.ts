import { expect, test } from "bun:test"
import { createTestCa } from "../testing/index.ts"
import { writeJavaTrust } from "./java-trust.ts"

test("every certificate of the bundle, in order and whole, whatever stands between them", () => {
  const pems = [createTestCa("one").pem, createTestCa("two").pem]
  const store = writeJavaTrust(`# roots\n${pems.join("\n# Ünrelated\n")}`)
  expect(readStore(store)).toEqual(pems.map((pem, index) => ({ alias: `ca-${index}`, der: derOf(pem) })))
})

test("an empty bundle is an empty store, sealed as Java's tools check it", () => {
  expect(writeJavaTrust("").toString("hex")).toBe("feedfeed0000000200000000e2686e45fb43dfa4d992dd41ceb6b21c6330d792")
})

function derOf(pem: string): string {
  return Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64").toString("hex")
}

function readStore(store: Buffer) {
  let at = 0
  const number = (width: number) => {
    at += width
    return store.readUIntBE(at - width, width)
  }
  const bytes = (length: number) => {
    at += length
    return store.subarray(at - length, at)
  }
  expect([number(4), number(4)]).toEqual([0xfeedfeed, 2])
  const entries = Array.from({ length: number(4) }, () => {
    expect(number(4)).toBe(2)
    const alias = bytes(number(2)).toString()
    bytes(8)
    expect(bytes(number(2)).toString()).toBe("X.509")
    return { alias, der: bytes(number(4)).toString("hex") }
  })
  expect(store.length - at).toBe(20)
  return entries
}
