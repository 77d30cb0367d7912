// Turns `--since` into an instant: an age (`90m`, `12h`, `7d`, `2w`) or a local date.

import { OperatorProblem } from "@bot-bottle/contracts"

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** `90m`, `12h`, `7d`, `2w`; undefined for anything else. */
export function parseAge(text: string): number | undefined {
  const age = /^(\d{1,6})([mhdw])$/.exec(text)
  return age === null ? undefined : Number(age[1]) * (UNIT_MS[age[2] ?? ""] ?? Number.NaN)
}

export function parseSince(text: string, nowMs: number): number {
  const age = parseAge(text)
  if (age !== undefined) return nowMs - age

  const date = /^\d{4}-\d\d-\d\d(T\S+)?$/.test(text)
    ? Date.parse(text.includes("T") ? text : `${text}T00:00`)
    : Number.NaN
  if (!Number.isNaN(date)) return date
  throw new OperatorProblem(`--since '${text}' is neither an age nor a date`, {
    exitCode: 2,
    hint: "use 90m, 12h, 7d, 2w or a date such as 2026-11-22",
  })
}
