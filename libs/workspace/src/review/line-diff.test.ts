import { expect, test } from "bun:test"
import { diffLines, type Hunk } from "./line-diff.ts"

// biome-ignore format: a table
test.each([
  // before            after               hunks, each line by its kind
  ["",                 "",                 []],
  ["a\n",              "a\n",              []],
  ["",                 "a\n",              ["@0,0 1,1", "+a"]],
  ["a\n",              "",                 ["@1,1 0,0", "-a"]],
  ["a\nb\nc\n",        "a\nB\nc\n",        ["@1,3 1,3", " a", "-b", "+B", " c"]],
  ["a\nb",             "a\nb\n",           ["@1,2 1,2", " a", "-b~", "+b"]],
  ["a\n",              "a\nb",             ["@1,1 1,2", " a", "+b~"]],
  ["1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nX\n5\n6\n7\n8\n9\n", ["@2,6 2,7", " 2", " 3", " 4", "+X", " 5", " 6", " 7"]],
  ["a\r\n",            "a\n",              ["@1,1 1,1", "-a\r", "+a"]],
] as const)("from %j to %j", (before, after, expected) => {
  expect(diffLines(before, after).flatMap(written)).toEqual([...expected])
})

test("changes far apart are hunks of their own, counted on both sides", () => {
  const lines = Array.from({ length: 40 }, (_, index) => `${index + 1}\n`)
  const after = lines.with(1, "two\n").with(35, "thirty-six\n").join("")
  expect(diffLines(lines.join(""), after).map((hunk) => written(hunk)[0])).toEqual(["@1,5 1,5", "@33,7 33,7"])
})

test("whatever two texts are, the diff turns one into the other", () => {
  const random = generator(7)
  const text = () =>
    Array.from({ length: random(25) }, () => "abc"[random(3)]).join("\n") + (random(2) === 0 ? "" : "\n")
  for (let round = 0; round < 500; round += 1) {
    const [before, after] = [text(), text()]
    expect(patched(before, diffLines(before, after))).toBe(after)
  }
})

test("texts that differ in everything are shown as replaced, and the diff is still right", () => {
  const text = (mark: string) => Array.from({ length: 5000 }, (_, index) => `${mark}${index}\n`).join("")
  expect(patched(text("a"), diffLines(text("a"), text("b")))).toBe(text("b"))
})

function written({ before, after, lines }: Hunk): readonly string[] {
  const mark = { same: " ", removed: "-", added: "+" }
  return [
    `@${before.start},${before.count} ${after.start},${after.count}`,
    ...lines.map(({ kind, text, isUnfinished }) => `${mark[kind]}${text}${isUnfinished ? "~" : ""}`),
  ]
}

function patched(before: string, hunks: readonly Hunk[]): string {
  const lines = before === "" ? [] : before.split(/(?<=\n)/)
  let at = 0
  let result = ""
  for (const hunk of hunks) {
    const start = hunk.before.count === 0 ? hunk.before.start : hunk.before.start - 1
    result += lines.slice(at, start).join("")
    at = start + hunk.before.count
    for (const { kind, text, isUnfinished } of hunk.lines)
      if (kind !== "removed") result += isUnfinished ? text : `${text}\n`
  }
  return result + lines.slice(at).join("")
}

function generator(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * below)
  }
}
