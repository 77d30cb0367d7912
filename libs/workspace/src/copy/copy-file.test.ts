import { expect, test } from "bun:test"
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs"
import { join } from "node:path"
import { openTempFolder } from "@bot-bottle/testkit"
import { copyFileBytes, digestFile, hashFile } from "./copy-file.ts"

const MEGABYTE = 1024 * 1024

test("a file of 20 GB that is nearly all holes costs what is in it, and arrives with its holes", async () => {
  await using trial = await openTrial()
  const source = trial.file("source", 20_000 * MEGABYTE, {
    0: "first",
    [9_999 * MEGABYTE + 5]: "middle",
    [20_000 * MEGABYTE - 4]: "last",
  })
  const target = trial.file("target", 0, {})
  const startedAtMs = performance.now()
  const { hash: digest } = copyFileBytes(source, target, { hashed: true })
  expect(performance.now() - startedAtMs).toBeLessThan(5_000)
  expect(digest).toBe(digestFile(target))
  const { size, blocks } = fstatSync(target)
  expect([size, blocks * 512 < 10 * MEGABYTE]).toEqual([20_000 * MEGABYTE, true])
  expect([textAt(target, 9_999 * MEGABYTE + 5, 6), textAt(target, 20_000 * MEGABYTE - 4, 4)]).toEqual([
    "middle",
    "last",
  ])
}, 20_000)

test("the digest of a large file is that of its contents, however it lies on its disk, and another when a byte is", async () => {
  await using trial = await openTrial()
  const size = 65 * MEGABYTE + 7
  const sparse = trial.file("sparse", size, { [30 * MEGABYTE + 3]: "text" })
  const dense = trial.file("dense", 0, {})
  const zeros = new Uint8Array(MEGABYTE)
  for (let at = 0; at < size; at += MEGABYTE) writeSync(dense, zeros, 0, Math.min(MEGABYTE, size - at), at)
  writeSync(dense, "text", 30 * MEGABYTE + 3)
  expect(digestFile(dense)).toBe(digestFile(sparse))
  const others = [
    trial.file("other text", size, { [30 * MEGABYTE + 3]: "Text" }),
    trial.file("elsewhere", size, { [30 * MEGABYTE + 4]: "text" }),
    trial.file("another piece", size, { [31 * MEGABYTE + 3]: "text" }),
    trial.file("longer", size + 1, { [30 * MEGABYTE + 3]: "text" }),
    trial.file("nothing", size, {}),
  ]
  const digests = [sparse, ...others].map(digestFile)
  expect(new Set(digests).size).toBe(digests.length)
}, 20_000)

test("the digest of all other files is their SHA-256", async () => {
  await using trial = await openTrial()
  const file = trial.file("small", 0, { 0: "hello" })
  const known = new Bun.CryptoHasher("sha256").update("hello").digest("hex")
  expect([
    digestFile(file),
    hashFile(file),
    copyFileBytes(file, trial.file("copy", 0, {}), { hashed: true }).hash,
  ]).toEqual([known, known, known])
})

function textAt(fd: number, position: number, length: number): string {
  const bytes = Buffer.alloc(length)
  readSync(fd, bytes, 0, length, position)
  return bytes.toString()
}

async function openTrial() {
  const folder = await openTempFolder()
  const open: number[] = []
  return {
    file(name: string, size: number, texts: Readonly<Record<number, string>>): number {
      const fd = openSync(join(folder.path, name), "w+")
      open.push(fd)
      if (size > 0) ftruncateSync(fd, size)
      for (const [position, text] of Object.entries(texts)) writeSync(fd, text, Number(position))
      return fd
    },
    async [Symbol.asyncDispose]() {
      for (const fd of open) closeSync(fd)
      await folder[Symbol.asyncDispose]()
    },
  }
}
