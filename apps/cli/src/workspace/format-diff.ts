// Changes of a workspace as lines for a reader: a unified diff, a table of counts, or names.
// Pure. All that came from the agent is made visible before it is colored.

import { formatCounted, showHidden } from "@bot-bottle/contracts"
import { type BytePath, textOf } from "@bot-bottle/kernel"
import type { Contents, DiffLine, Entry, Review } from "@bot-bottle/workspace"
import type { Paint } from "../terminal/paint.ts"
import type { ShownChange } from "./load-review.ts"

export function shownPath(path: BytePath): string {
  return showHidden(textOf(path))
}

export function formatDiff(shown: ShownChange, paint: Paint): readonly string[] {
  const { change, before, after, hunks } = shown
  const from = change.status === "renamed" ? change.from : change.path
  const name = { before: shownPath(from), after: shownPath(change.path) }
  return [
    paint.bold(`diff a/${name.before} b/${name.after}`),
    ...describeChange(shown).map((line) => paint.bold(line)),
    ...remarksOn(shown).map((line) => paint.named("yellow", line)),
    ...(hunks === undefined ? describeOpaque(before, after) : []),
    ...(hunks === undefined || hunks.length === 0
      ? []
      : [
          paint.bold(before.kind === "absent" ? "--- /dev/null" : `--- a/${name.before}`),
          paint.bold(after.kind === "absent" ? "+++ /dev/null" : `+++ b/${name.after}`),
        ]),
    ...(hunks ?? []).flatMap((hunk) => [
      paint.named("cyan", `@@ -${hunk.before.start},${hunk.before.count} +${hunk.after.start},${hunk.after.count} @@`),
      ...hunk.lines.flatMap((line) => formatLine(line, paint)),
    ]),
  ]
}

/** One line for each change, then the sum. */
export function formatStat(changes: readonly ShownChange[], paint: Paint): readonly string[] {
  const rows = changes.map((shown) => ({ shown, title: titleOf(shown) }))
  const width = Math.max(0, ...rows.map(({ title }) => Bun.stringWidth(title)))
  const [added, removed] = [sum(changes.map((one) => one.added)), sum(changes.map((one) => one.removed))]
  return [
    ...rows.map(({ shown, title }) => {
      const marks = remarksOn(shown).map((line) => paint.named("yellow", `  ${line}`))
      return ` ${title}${" ".repeat(width - Bun.stringWidth(title))} | ${countsOf(shown, paint)}${marks.join("")}`
    }),
    ` ${changes.length} changed; lines: ${added} added, ${removed} removed`,
  ]
}

/** The changes that a diff does not show, for stderr. */
export function describeRest({ ignored, rulesFailure, unseen }: Review): readonly string[] {
  const SHOWN = 10
  return [
    ...(ignored.length === 0
      ? []
      : [
          `${formatCounted(ignored.length, "new file is", "new files are")} left out by the project's ignore rules; --ignored ${ignored.length === 1 ? "includes it" : "includes them"}`,
        ]),
    ...(rulesFailure === undefined
      ? []
      : [`the project's ignore rules were not followed, nothing is left out: ${showHidden(rulesFailure)}`]),
    ...unseen.slice(0, SHOWN).map(({ path, why }) => `not compared: ${shownPath(path)}: ${why}`),
    ...(unseen.length > SHOWN ? [`not compared: ${unseen.length - SHOWN} more`] : []),
  ]
}

function remarksOn({ standing, held }: ShownChange): readonly string[] {
  return [
    ...(standing.kind === "conflict" ? [`conflict: ${showHidden(standing.why)}`] : []),
    ...(held === undefined ? [] : [`held back: ${held}`]),
  ]
}

function titleOf({ change }: ShownChange): string {
  return change.status === "renamed" ? `${shownPath(change.from)} => ${shownPath(change.path)}` : shownPath(change.path)
}

function countsOf({ change, hunks, added, removed, before, after }: ShownChange, paint: Paint): string {
  const what = { added: "new, ", deleted: "deleted, ", renamed: "renamed", modified: "", retyped: "" }[change.status]
  if (change.status === "renamed") return what
  if (hunks === undefined) return `${what}${describeSide(before)} -> ${describeSide(after)}`
  const mode = hunks.length === 0 ? describeMode(change) : undefined
  if (mode !== undefined) return mode
  return `${what}${paint.named("green", `+${added}`)} ${paint.named("red", `-${removed}`)}`
}

function describeChange({ change, before }: ShownChange): readonly string[] {
  switch (change.status) {
    case "added":
      return [before.kind === "absent" ? `new ${describeEntry(change.after)}` : "new in the workspace"]
    case "deleted":
      return [`deleted ${describeEntry(change.before)}`]
    case "renamed":
      return [`renamed from ${shownPath(change.from)}`]
    case "modified":
    case "retyped": {
      const mode = describeMode(change)
      return mode === undefined ? [] : [mode]
    }
  }
}

function describeMode(change: ShownChange["change"]): string | undefined {
  if (change.status !== "modified" || change.before.kind !== "file" || change.after.kind !== "file") return undefined
  if (change.before.executable === change.after.executable) return undefined
  return change.after.executable ? "made executable" : "no longer executable"
}

function describeEntry(entry: Entry): string {
  if (entry.kind === "link") return "link"
  return entry.executable ? "executable file" : "file"
}

function describeOpaque(before: Contents, after: Contents): readonly string[] {
  return [`${describeSide(before)} -> ${describeSide(after)}`]
}

function describeSide(contents: Contents): string {
  switch (contents.kind) {
    case "absent":
      return "nothing"
    case "text":
      return `text of ${formatCounted(contents.text.length, "character")}`
    case "link":
      return `link to ${shownPath(contents.target)}`
    case "opaque":
      return formatCounted(contents.size, "byte")
  }
}

function formatLine({ kind, text, isUnfinished }: DiffLine, paint: Paint): readonly string[] {
  const shown = showHidden(text)
  const note = isUnfinished ? ["\\ No newline at end of file"] : []
  switch (kind) {
    case "same":
      return [` ${shown}`, ...note]
    case "removed":
      return [paint.named("red", `-${shown}`), ...note]
    case "added":
      return [paint.named("green", `+${shown}`), ...note]
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
