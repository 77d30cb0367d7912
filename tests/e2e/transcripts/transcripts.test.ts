// Runs every transcript of this folder on a host of its own, with a stand-in for the provider.

import { expect, test } from "bun:test"
import { mkdir } from "node:fs/promises"
import { dirname, join } from "node:path"
import { Glob } from "bun"
import { type CliHost, openCliHost } from "../cli/cli-host.ts"
import { matches, parseTranscript, type Step, writeOutput } from "./transcript.ts"

const FILES = [...new Glob("*.txt").scanSync(import.meta.dir)].sort()

test("there are transcripts", () => {
  expect(FILES.length).toBeGreaterThan(0)
})

test.each(FILES)("transcript: %s", async (file) => {
  const { steps, files } = parseTranscript(await Bun.file(join(import.meta.dir, file)).text())
  await using host = await openCliHost()
  for (const { path, text } of files) await place(host, path, text)
  for (const step of steps) await run(host, file, step)
})

test.each([
  // expected                    actual                 does it match
  [["a"], ["a"], true],
  [["a"], ["b"], false],
  [["a"], ["a", "b"], false],
  [["a", "b"], ["a"], false],
  [["run-[..]: killed"], ["run-abc12: killed"], true],
  [["(1+1)*"], ["(1+1)*"], true],
  [["a.c"], ["abc"], false],
  [["...", "c"], ["a", "b", "c"], true],
  [["a", "..."], ["a"], true],
  [["a", "...", "d"], ["a", "b"], false],
] as const)("%j against %j is %p", (expected, actual, verdict) => {
  expect(matches(expected, actual)).toBe(verdict)
})

test.each([
  ["", "the transcript runs nothing"],
  ["hello\n", "line 1: text before the first command"],
  ["$ ls\n", "line 1: only bot-bottle can be run, not '$ ls'"],
] as const)("%j is not a transcript", (text, problem) => {
  expect(() => parseTranscript(text)).toThrow(problem)
})

async function run(host: CliHost, file: string, { line, args, expected }: Step): Promise<void> {
  const actual = writeOutput(await host.run(...args)).map((text) => text.replaceAll(host.root, "~/.bot-bottle"))
  if (matches(expected, actual)) return
  // A diff of whole texts: what to paste when the change is meant.
  expect([`${file}:${line}`, ...actual]).toEqual([`${file}:${line}`, ...expected])
}

async function place(host: CliHost, path: string, text: string): Promise<void> {
  if (!path.startsWith("./")) return host.write(path, text)
  const target = join(host.cwd, path)
  await mkdir(dirname(target), { recursive: true })
  await Bun.write(target, text)
}
