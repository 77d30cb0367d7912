import { expect, test } from "bun:test"
import { linkSync, mkdirSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { openTempFolder } from "@bot-bottle/testkit"
import { followLog } from "../client/follow-log.ts"
import { openTranscript, TRANSCRIPT_FILES } from "./transcript.ts"

test("what is written is kept, also by the next launch of the run", async () => {
  await using folder = await openTempFolder()
  for (const text of ["one ", "two\n"]) {
    const transcript = openTranscript(folder.path)
    transcript.write(Buffer.from(text))
    transcript.close()
    transcript.write(Buffer.from("after the end"))
  }
  expect(await readText(folder.path)).toBe("one two\n")
  expect(statSync(join(folder.path, TRANSCRIPT_FILES.current)).mode & 0o777).toBe(0o600)
})

test("nothing written, nothing made", async () => {
  await using folder = await openTempFolder()
  openTranscript(folder.path).close()
  expect(await readText(folder.path)).toBe("")
})

test("an agent that writes without end keeps its newest output, and no more than two files of it", async () => {
  await using folder = await openTempFolder()
  const transcript = openTranscript(folder.path, { fileMax: 100 })
  for (let line = 0; line < 100; line += 1) transcript.write(Buffer.from(`line ${String(line).padStart(4, "0")}\n`))
  transcript.close()
  const text = await readText(folder.path)
  expect(text).toBe(
    Array.from(
      { length: text.length / 10 },
      (_, at) => `line ${String(at + 100 - text.length / 10).padStart(4, "0")}\n`,
    ).join(""),
  )
  expect(text.length).toBeGreaterThan(100)
  expect(text.length).toBeLessThanOrEqual(200)
})

test("a disk that takes no more ends the transcript, and says why", async () => {
  await using folder = await openTempFolder()
  mkdirSync(join(folder.path, TRANSCRIPT_FILES.current))
  const transcript = openTranscript(folder.path)
  transcript.write(Buffer.from("x"))
  expect(transcript.problem).toContain("EISDIR")
})

test("a follower misses nothing and sees nothing twice, however often the file is rotated", async () => {
  await using folder = await openTempFolder()
  const transcript = openTranscript(folder.path, { fileMax: 64 })
  const lines = Array.from({ length: 60 }, (_, line) => `line ${line}\n`)
  let written = 0
  const writeSome = (count: number) => {
    for (const line of lines.slice(written, written + count)) transcript.write(Buffer.from(line))
    written += count
  }
  writeSome(3)
  let seen = ""
  const mayGrow = () => {
    writeSome(4)
    return written < lines.length
  }
  for await (const bytes of followLog({ ...filesOf(folder.path), mayGrow })) seen += Buffer.from(bytes).toString()
  expect(seen).toBe(lines.join(""))
})

test("a log that was rotated between its opening and the look at its earlier part is read once", async () => {
  await using folder = await openTempFolder()
  const { current, earlier } = filesOf(folder.path)
  writeFileSync(current, "one\n")
  // One file under both names, as a follower sees it that opened the log just before the rotation.
  linkSync(current, earlier)
  expect(await readText(folder.path)).toBe("one\n")
})

function filesOf(folder: string) {
  return {
    current: join(folder, TRANSCRIPT_FILES.current),
    earlier: join(folder, TRANSCRIPT_FILES.earlier),
  }
}

async function readText(folder: string): Promise<string> {
  let text = ""
  for await (const bytes of followLog(filesOf(folder))) text += Buffer.from(bytes).toString()
  return text
}
