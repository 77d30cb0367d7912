import { expect, test } from "bun:test"
import { existsSync, readdirSync } from "node:fs"
import { type Authority, parseAuthority } from "@bot-bottle/contracts"
import { openTempFolder } from "@bot-bottle/testkit"
import { connectRaw } from "../testing/raw-connection.ts"
import { createInnerServers, type InnerServers } from "./inner-servers.ts"
import { createRunCa } from "./run-ca.ts"

test("one place has one server, whatever the number of tunnels to it", async () => {
  await using bench = await openBench()
  const doors = Array.from({ length: 5 }, () => bench.servers.open(authority("a.example.com"), "https"))
  expect(new Set(doors.map(({ path }) => path)).size).toBe(1)
  expect(bench.made).toEqual(["https://a.example.com:443"])
})

test("another port or scheme is another place", async () => {
  await using bench = await openBench()
  bench.servers.open(authority("a.example.com"), "https")
  bench.servers.open(authority("a.example.com:8443"), "https")
  bench.servers.open(authority("a.example.com"), "http")
  expect(bench.servers.size).toBe(3)
})

test("past the soft limit servers without a tunnel go, least recently used first; those with one stay", async () => {
  await using bench = await openBench({ softLimit: 3, hardLimit: 10 })
  const busy = bench.servers.open(authority("busy.example.com"), "http")
  for (const name of ["b", "c", "d", "e"]) bench.servers.open(authority(`${name}.example.com`), "http").close()
  expect(bench.servers.size).toBe(3)
  expect(existsSync(busy.path)).toBe(true)
  expect(bench.servers.open(authority("busy.example.com"), "http").path).toBe(busy.path)
})

test("the hard limit holds even when every server is in use", async () => {
  await using bench = await openBench({ softLimit: 2, hardLimit: 4 })
  const doors = Array.from({ length: 9 }, (_, index) => bench.servers.open(authority(`h${index}.example.com`), "http"))
  expect(bench.servers.size).toBe(4)
  expect(doors.filter(({ path }) => existsSync(path))).toHaveLength(4)
})

test("a door that is closed twice counts once", async () => {
  await using bench = await openBench({ softLimit: 1 })
  const first = bench.servers.open(authority("a.example.com"), "http")
  const second = bench.servers.open(authority("a.example.com"), "http")
  first.close()
  first.close()
  bench.servers.open(authority("b.example.com"), "http")
  expect(existsSync(second.path)).toBe(true)
})

test("each server answers for its own place, and closing leaves no socket", async () => {
  await using bench = await openBench()
  for (const name of ["a.example.com", "b.example.com"]) {
    using connection = await connectRaw(bench.servers.open(authority(name), "http").path)
    connection.send("GET / HTTP/1.1\r\nHost: whatever\r\n\r\n")
    expect((await connection.readResponse())?.body.toString()).toBe(name)
  }
  await bench.servers.close()
  expect(readdirSync(bench.folder)).toEqual([])
})

test("an answer that throws tells the operator why and the bottle nothing", async () => {
  await using bench = await openBench({
    createAnswer: () => () => {
      throw new Error("secret detail")
    },
  })
  using connection = await connectRaw(bench.servers.open(authority("a.example.com"), "http").path)
  connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
  const response = await connection.readResponse()
  expect([response?.status, response?.body.includes("secret detail")]).toEqual([502, false])
  expect(bench.failures).toMatchObject([{ message: "secret detail" }])
})

async function openBench(options: Partial<Parameters<typeof createInnerServers>[0]> = {}) {
  const folder = await openTempFolder()
  const made: string[] = []
  const failures: unknown[] = []
  const servers: InnerServers = createInnerServers({
    folder: folder.path,
    ca: createRunCa({ slug: "tester-abc12", nowMs: Date.now() }),
    reportFailure: (error) => failures.push(error),
    createAnswer: ({ host, port }, scheme) => {
      made.push(`${scheme}://${host}:${port}`)
      return () => new Response(host)
    },
    ...options,
  })
  return {
    servers,
    made,
    failures,
    folder: folder.path,
    async [Symbol.asyncDispose]() {
      await servers.close()
      await folder[Symbol.asyncDispose]()
    },
  }
}

function authority(text: string): Authority {
  const parsed = parseAuthority(text, 443)
  if (parsed.kind === "malformed") throw new Error(parsed.detail)
  return parsed
}
