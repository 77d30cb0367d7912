// The findings of `doctor`, as text for people and JSON for machines, and their exit code. Pure:
// the checks come from checks.ts.

import { formatCounted } from "@bot-bottle/contracts"
import type { Screen } from "../terminal/screen.ts"
import { wrapText } from "../terminal/wrap-text.ts"

export interface Check {
  readonly check: string
  /** `fail` stops a start, unless `startsAnyway`; `note` is worth knowing. */
  readonly state: "ok" | "fail" | "note"
  /** To be fixed, though runs start. */
  readonly startsAnyway?: true
  readonly detail: string
  /** A command, or a step that a person takes. */
  readonly fix?: string
  /** A start has nothing to isolate with. */
  readonly isolation?: true
}

/** The fix of everything that a first setup writes. */
export const SET_UP = "bot-bottle setup"

export interface CheckGroup {
  readonly title: string
  readonly checks: readonly Check[]
  /** The command that comes next when nothing fails; a start when no group says otherwise. */
  readonly next?: string
}

export interface Verdict {
  readonly text: string
  /** The one command that comes next. */
  readonly next: string
}

/** 3 without isolation, 1 when something else failed. */
export function exitCodeOf(groups: readonly CheckGroup[]): number {
  const failures = failuresOf(groups)
  if (failures.some(({ isolation }) => isolation === true)) return 3
  return failures.length > 0 ? 1 : 0
}

/** The first failure's fix comes next; isolation is listed first, so it is fixed first. */
export function judge(groups: readonly CheckGroup[]): Verdict {
  const failures = failuresOf(groups)
  const [first] = failures
  if (first !== undefined) {
    const stopping = failures.filter(({ startsAnyway }) => startsAnyway !== true).length
    const others = formatCounted(failures.length - stopping, stopping === 0 ? "problem" : "other problem")
    const text = [
      ...(stopping === 0 ? [] : [`${formatCounted(stopping, "problem stops", "problems stop")} a start.`]),
      ...(stopping === failures.length ? [] : [stopping === 0 ? `${others}; runs start.` : `${others}.`]),
    ].join(" ")
    return { text, next: first.fix ?? `fix ${first.check}: ${first.detail}` }
  }
  if (groups.some(({ checks }) => checks.some(({ fix }) => fix === SET_UP)))
    return { text: "This host works. Nothing is set up yet.", next: SET_UP }
  return { text: "Ready.", next: groups.find(({ next }) => next !== undefined)?.next ?? "bot-bottle start" }
}

export function reportJson(groups: readonly CheckGroup[]) {
  const checks = groups.flatMap((group) => group.checks)
  const { text, next } = judge(groups)
  return {
    ok: exitCodeOf(groups) === 0,
    verdict: text,
    next,
    checks: checks.map(({ check, state, detail, fix }) => ({ check, state, detail, fix: fix ?? null })),
  }
}

export function reportLines(
  groups: readonly CheckGroup[],
  { paint, width }: Pick<Screen, "paint" | "width">,
): readonly string[] {
  const marks = {
    ok: paint.named("green", "ok  "),
    fail: paint.named("red", "fail"),
    note: paint.dim("note"),
  }
  const names = groups.flatMap(({ checks }) => checks.map(({ check }) => check.length))
  const column = Math.min(MAX_NAME, Math.max(0, ...names))
  // Details stand under details where that leaves them room.
  const hang = width >= MIN_ALIGNED_WIDTH ? column + 8 : 6
  const lines = groups.flatMap(({ title, checks }) => [
    paint.bold(title),
    ...checks.flatMap(({ check, state, detail, fix }) => [
      ...wrapText(`  ${marks[state]}  ${check.padEnd(column)}  ${detail}`, { width, hang }),
      ...(fix === undefined || state === "ok" ? [] : wrapText(`        fix: ${fix}`, { width, hang: 5 })),
    ]),
  ])
  const { text, next } = judge(groups)
  return [...lines, "", paint.bold(text), ...wrapText(`Next: ${next}`, { width, hang: 6 })]
}

const MIN_ALIGNED_WIDTH = 72

/** Longer names push their own detail only. */
const MAX_NAME = 17

/** Those that stop a start come first. */
function failuresOf(groups: readonly CheckGroup[]): readonly Check[] {
  const failures = groups.flatMap(({ checks }) => checks.filter(({ state }) => state === "fail"))
  return failures.toSorted((a, b) => Number(a.startsAnyway === true) - Number(b.startsAnyway === true))
}
