// A unified diff of two texts, in hunks that carry what a terminal and a JSON reader need. Pure.
//
// Bounded: past a number of differences the middle is shown as removed and added whole, which is
// true, only longer. An agent that writes a hard case does not hold the operator up.

import { diffArrays } from "diff"

export interface DiffLine {
  readonly kind: "same" | "removed" | "added"
  /** Without its end of line. */
  readonly text: string
  /** The last line of its side, and no end of line follows. */
  readonly isUnfinished: boolean
}

export interface Hunk {
  /** Counted from 1; 0 when `count` is 0 and nothing stands before. */
  readonly before: { readonly start: number; readonly count: number }
  readonly after: { readonly start: number; readonly count: number }
  readonly lines: readonly DiffLine[]
}

const CONTEXT = 3
const MAX_DIFFERENCES = 1500

export function diffLines(before: string, after: string): readonly Hunk[] {
  return groupHunks(align(splitLines(before), splitLines(after)))
}

export function countLines(hunks: readonly Hunk[]): { readonly added: number; readonly removed: number } {
  const lines = hunks.flatMap((hunk) => hunk.lines)
  const count = (kind: DiffLine["kind"]) => lines.filter((line) => line.kind === kind).length
  return { added: count("added"), removed: count("removed") }
}

/** Each with its end of line, so that a missing last one is a difference. */
function splitLines(text: string): readonly string[] {
  const lines = text.split(/(?<=\n)/)
  return text === "" ? [] : lines
}

function align(a: readonly string[], b: readonly string[]): readonly DiffLine[] {
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1
  let tail = 0
  while (tail < a.length - start && tail < b.length - start && a[a.length - 1 - tail] === b[b.length - 1 - tail])
    tail += 1
  const middleA = a.slice(start, a.length - tail)
  const middleB = b.slice(start, b.length - tail)
  return [
    ...a.slice(0, start).map((line) => diffLine("same", line)),
    ...(alignMiddle(middleA, middleB) ?? replaceWhole(middleA, middleB)),
    ...a.slice(a.length - tail).map((line) => diffLine("same", line)),
  ]
}

function replaceWhole(a: readonly string[], b: readonly string[]): readonly DiffLine[] {
  return [...a.map((line) => diffLine("removed", line)), ...b.map((line) => diffLine("added", line))]
}

/** Undefined when the texts are too different to be worth it. */
function alignMiddle(a: readonly string[], b: readonly string[]): readonly DiffLine[] | undefined {
  const changes = diffArrays([...a], [...b], { maxEditLength: MAX_DIFFERENCES })
  return changes?.flatMap(({ value, added, removed }) =>
    value.map((line) => diffLine(added ? "added" : removed ? "removed" : "same", line)),
  )
}

function groupHunks(lines: readonly DiffLine[]): readonly Hunk[] {
  const changed = lines.flatMap(({ kind }, index) => (kind === "same" ? [] : [index]))
  const ranges: { from: number; to: number }[] = []
  for (const index of changed) {
    const [from, to] = [Math.max(0, index - CONTEXT), Math.min(lines.length, index + CONTEXT + 1)]
    const last = ranges.at(-1)
    if (last !== undefined && from <= last.to) last.to = to
    else ranges.push({ from, to })
  }
  let [beforeLine, afterLine, seen] = [0, 0, 0]
  return ranges.map(({ from, to }) => {
    for (; seen < from; seen += 1) {
      beforeLine += 1
      afterLine += 1
    }
    const part = lines.slice(from, to)
    const before = part.filter(({ kind }) => kind !== "added").length
    const after = part.filter(({ kind }) => kind !== "removed").length
    const hunk = {
      before: { start: before === 0 ? beforeLine : beforeLine + 1, count: before },
      after: { start: after === 0 ? afterLine : afterLine + 1, count: after },
      lines: part,
    }
    beforeLine += before
    afterLine += after
    seen = to
    return hunk
  })
}

function diffLine(kind: DiffLine["kind"], line: string): DiffLine {
  const isUnfinished = !line.endsWith("\n")
  return { kind, text: isUnfinished ? line : line.slice(0, -1), isUnfinished }
}
