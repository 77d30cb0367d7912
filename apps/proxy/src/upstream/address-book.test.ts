import { expect, test } from "bun:test"
import { type Authority, parseAuthority } from "@bot-bottle/contracts"
import { isDialable } from "@bot-bottle/egress"
import { type AddressBookOptions, createAddressBook } from "./address-book.ts"

test.each([
  // what DNS says                        outcome
  [["93.184.215.14"], ["93.184.215.14:443"]],
  [["127.0.0.1"], "address-not-allowed"],
  [["169.254.169.254"], "address-not-allowed"],
  [["10.0.0.7", "192.168.1.1"], "address-not-allowed"],
  [["::ffff:127.0.0.1"], "address-not-allowed"],
  [["64:ff9b::7f00:1"], "address-not-allowed"],
  [
    ["8.8.8.9", "2606:4700::1"],
    ["8.8.8.9:443", "2606:4700::1:443"],
  ],
  [["10.0.0.7", "93.184.215.14"], ["93.184.215.14:443"]],
  [[], "upstream-unreachable"],
] as const)("INV-12: a name that resolves to %p gives %p", async (addresses, expected) => {
  const book = addressBook({ lookup: async () => addresses })
  expect(await outcomeOf(book.find(authority("api.example.com")))).toEqual(
    typeof expected === "string" ? expected : [...expected],
  )
})

test("INV-12: the host's own address is not dialled because a name says so", async () => {
  const own = new Set(["198.41.0.4"])
  const book = addressBook({ lookup: async () => ["198.41.0.4"], isDialable: (address) => isDialable(address, own) })
  expect(await outcomeOf(book.find(authority("api.example.com")))).toBe("address-not-allowed")
})

test("what the operator put under resolve is dialled unchecked, and DNS is not asked", async () => {
  const book = addressBook({
    resolve: { "api.example.com": "127.0.0.1:19443" },
    lookup: () => Promise.reject(new Error("asked")),
  })
  expect(await outcomeOf(book.find(authority("api.example.com")))).toEqual(["127.0.0.1:19443"])
})

test("a listed literal is dialled as it is", async () => {
  expect(await outcomeOf(addressBook().find(authority("10.0.0.5:8080")))).toEqual(["10.0.0.5:8080"])
})

test("INV-12: rebinding within the minute changes nothing; after it the new address is checked again", async () => {
  let nowMs = 0
  const answers = [["93.184.215.14"], ["127.0.0.1"]]
  const book = addressBook({ lookup: async () => answers.shift() ?? [], nowMs: () => nowMs })
  const first = await outcomeOf(book.find(authority("api.example.com")))
  nowMs = 59_999
  const second = await outcomeOf(book.find(authority("api.example.com")))
  nowMs = 60_000
  const third = await outcomeOf(book.find(authority("api.example.com")))
  expect([first, second, third]).toEqual([["93.184.215.14:443"], ["93.184.215.14:443"], "address-not-allowed"])
})

test("a failed lookup is asked again the next time", async () => {
  const answers: (readonly string[])[] = [[], ["93.184.215.14"]]
  const book = addressBook({ lookup: async () => answers.shift() ?? [] })
  expect(await outcomeOf(book.find(authority("api.example.com")))).toBe("upstream-unreachable")
  expect(await outcomeOf(book.find(authority("api.example.com")))).toEqual(["93.184.215.14:443"])
})

function addressBook(options: Partial<AddressBookOptions> = {}) {
  return createAddressBook({
    resolve: {},
    lookup: async () => [],
    isDialable: (address) => isDialable(address, new Set()),
    nowMs: () => 0,
    ...options,
  })
}

async function outcomeOf(result: ReturnType<ReturnType<typeof createAddressBook>["find"]>) {
  const found = await result
  return found.outcome === "refused" ? found.reason : found.endpoints.map(({ address, port }) => `${address}:${port}`)
}

function authority(text: string): Authority {
  const parsed = parseAuthority(text, 443)
  if (parsed.kind === "malformed") throw new Error(parsed.detail)
  return parsed
}
