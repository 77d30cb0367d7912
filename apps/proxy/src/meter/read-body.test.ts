import { expect, test } from "bun:test"
import { gzipSync } from "node:zlib"
import { readBody } from "./read-body.ts"

const TEXT = new TextEncoder().encode("x".repeat(1000))

// biome-ignore format: a table
test.each([
  // content-encoding  body                                        outcome
  ["",                 TEXT,                                       "read"],
  ["gzip",             gzipSync(TEXT),                             "read"],
  ["",                 new Uint8Array(1001),                       "too-large"],
  ["gzip",             gzipSync(new Uint8Array(1001)),             "too-large"],
  ["gzip",             TEXT,                                       "unreadable"],
  ["gzip",             gzipSync(TEXT).subarray(0, -4),             "unreadable"],
  ["gzip, gzip",       gzipSync(gzipSync(TEXT)),                   "unreadable"],
] as const)("a body sent as '%s' is read up to the limit", async (encoding, body, outcome) => {
  const result = await readBody(requestWith(body, encoding), { maxBytes: 1000 })
  expect(result).toEqual(outcome === "read" ? { outcome, bytes: new Uint8Array(TEXT) } : { outcome })
})

test("bodies that never end are refused once together they are too much, and their room comes back", async () => {
  const limits = { maxBytes: 1000, maxHeldBytes: 2500 }
  const open = [startBody(), startBody(), startBody()]
  const results = open.map(({ request }) => readBody(request, limits))
  for (const { send } of open) send(900)
  expect(await Promise.race(results)).toEqual({ outcome: "too-large" })
  // Control: whole bodies still get through, beside the ones that wait.
  expect((await readBody(requestWith(TEXT.subarray(0, 500), ""), limits)).outcome).toBe("read")

  for (const { end } of open) end()
  expect((await Promise.all(results)).map(({ outcome }) => outcome).sort()).toEqual(["read", "read", "too-large"])
  const again = [startBody(), startBody()]
  const later = again.map(({ request }) => readBody(request, limits))
  for (const { send, end } of again) {
    send(1000)
    end()
  }
  expect((await Promise.all(later)).map(({ outcome }) => outcome)).toEqual(["read", "read"])
})

function requestWith(body: Uint8Array, encoding: string): Request {
  const headers = encoding === "" ? {} : { "content-encoding": encoding }
  return new Request("https://host.test/", { method: "POST", headers, body: new Uint8Array(body) })
}

function startBody() {
  const stream = Promise.withResolvers<ReadableStreamDefaultController<Uint8Array>>()
  const body = new ReadableStream<Uint8Array>({ start: (controller) => stream.resolve(controller) })
  const controller = stream.promise
  return {
    request: new Request("https://host.test/", { method: "POST", body }),
    send: (bytes: number) => void controller.then((one) => one.enqueue(new Uint8Array(bytes))),
    end: () =>
      void controller.then((one) => {
        try {
          one.close()
        } catch {
          // The reader refused the rest of this one.
        }
      }),
  }
}
