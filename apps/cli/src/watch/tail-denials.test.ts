import { expect, test } from "bun:test"
import { appendFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { openTempFolder } from "@bot-bottle/testkit"
import { openDenialTail } from "./tail-denials.ts"

test("what is there already is counted by reason and target, and each target is told once", async () => {
  await using log = await openLog([denied("a.test"), denied("a.test"), denied("b.test"), forwarded("c.test")])
  expect(log.look()).toEqual(["a.test 2", "b.test 1"])
  expect(log.look()).toEqual([])
  expect(log.tail.total).toBe(3)
})

test("a line that is still being written is read when it is whole", async () => {
  await using log = await openLog([])
  const line = denied("a.test")
  for (const piece of [line.slice(0, 7), line.slice(7, 20), line.slice(20)]) {
    expect(log.look()).toEqual([])
    log.append(piece)
  }
  expect(log.look()).toEqual([])
  log.append("\n")
  expect(log.look()).toEqual(["a.test 1"])
})

test("a log that is rotated away is read to its end, and the counts continue in the new one", async () => {
  await using log = await openLog([denied("a.test")])
  log.look()
  log.append(`${denied("a.test")}\n`)
  log.rotate()
  log.append(`${denied("a.test")}\n`)
  expect(log.lookForASecond()).toEqual(["a.test 2", "a.test 3"])
})

test("the earlier part of a log that was rotated before is counted as well", async () => {
  await using log = await openLog([denied("a.test")], [denied("a.test"), denied("a.test")])
  expect([...log.look(), ...log.look()]).toEqual(["a.test 2", "a.test 3"])
})

test("a host that is not listed is one target, whatever was asked of it; a listed one is told apart by path", async () => {
  const at = { at: "2026-11-28T10:00:00.000Z", kind: "denied", port: 443, method: "GET" }
  const lines = ["/a", "/b"].flatMap((path) =>
    ["host-not-allowed", "endpoint-not-metered"].map((reason) => JSON.stringify({ ...at, reason, host: reason, path })),
  )
  await using log = await openLog(lines)
  expect(log.look()).toEqual(["host-not-allowed 2", "endpoint-not-metered 1", "endpoint-not-metered 1"])
})

test("lines that are not events are passed over", async () => {
  await using log = await openLog([
    "nonsense",
    '{"kind":"denied"}',
    denied("a.test"),
    '{"kind":"denied","reason":"made-up"}',
  ])
  expect(log.look()).toEqual(["a.test 1"])
})

test("an agent that invents hosts without end fills no memory: past a bound only the reason is kept", async () => {
  await using log = await openLog(Array.from({ length: 1_500 }, (_, index) => denied(`${index}.test`)))
  const seen = log.look()
  expect({ targets: seen.length, last: seen.at(-1) }).toEqual({ targets: 1_001, last: "other hosts 500" })
})

test("a run without a log yet is read once it has one", async () => {
  await using folder = await openTempFolder()
  const tail = openDenialTail("run-a", folder.path)
  expect(tail.look()).toEqual([])
  writeFileSync(join(folder.path, "events.jsonl"), `${denied("a.test")}\n`)
  expect(Array.from({ length: 10 }, () => tail.look()).flat().length).toBe(1)
  tail.close()
})

function denied(host: string): string {
  return JSON.stringify({ at: "2026-11-28T10:00:00.000Z", kind: "denied", reason: "host-not-allowed", host, port: 443 })
}

function forwarded(host: string): string {
  return JSON.stringify({ at: "2026-11-28T10:00:00.000Z", kind: "forwarded", host, port: 443, status: 200 })
}

async function openLog(lines: readonly string[], earlier?: readonly string[]) {
  const folder = await openTempFolder()
  const path = join(folder.path, "events.jsonl")
  const textOf = (all: readonly string[]) => all.map((line) => `${line}\n`).join("")
  writeFileSync(path, textOf(lines))
  if (earlier !== undefined) writeFileSync(`${path}.1`, textOf(earlier))
  const tail = openDenialTail("run-a", folder.path)
  const look = () => tail.look().map(({ row }) => `${row.host} ${row.count}`)
  return {
    tail,
    look,
    lookForASecond: () => Array.from({ length: 10 }, look).flat(),
    append: (text: string) => appendFileSync(path, text),
    rotate() {
      renameSync(path, `${path}.1`)
      writeFileSync(path, "")
    },
    async [Symbol.asyncDispose]() {
      tail.close()
      await folder[Symbol.asyncDispose]()
    },
  }
}
