import { expect, test } from "bun:test"
import { readReports } from "./proxy-process.ts"

// biome-ignore format: a table
test.each([
  // a line after `ready`                       problem
  ["hello",                                     "it is not valid JSON"],
  ['{"kind":"budget-exhausted"}',               "'budget' is missing"],
  ['{"kind":"go"}',                             "'kind' is invalid"],
  [`{"kind":"failed","message":"${"x".repeat(300_000)}"}`, "it is longer than 262144 characters"],
] as const)("a proxy whose report cannot be read is reported once and no longer believed: %#", async (line, problem) => {
  const problems: string[] = []
  const kinds: string[] = []
  for await (const { kind } of readReports(chunks(`{"kind":"ready"}\n${line}\n{"kind":"ready"}\n`), (one) => problems.push(one)))
    kinds.push(kind)
  expect(kinds).toEqual(["ready"])
  expect(problems).toEqual([expect.stringContaining(problem)])
})

test("a report without its line feed is not read: the proxy died while writing it", async () => {
  const kinds: string[] = []
  for await (const { kind } of readReports(chunks('{"kind":"ready"}\n{"kind":"failed"'), (one) => kinds.push(one)))
    kinds.push(kind)
  expect(kinds).toEqual(["ready"])
})

async function* chunks(text: string) {
  yield new TextEncoder().encode(text)
}
