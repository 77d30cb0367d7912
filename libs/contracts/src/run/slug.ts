// Labels, colors and slugs: what an operator may call a run, and the id made of it.
//
// Pure.
//
//   A slug is one safe path element: [a-z0-9-], at most 38 bytes, whatever the label.

import type { Slug } from "./run.ts"

export const LABEL_MAX_BYTES = 64
/** Unix socket paths end at 107 bytes, and a run's sockets lie under its slug. */
const SLUG_STEM_MAX = 32
const SUFFIX = /^[0-9a-z]{5}$/

export const COLORS = [
  "black",
  "red",
  "green",
  "yellow",
  "blue",
  "magenta",
  "cyan",
  "white",
  "bright-black",
  "bright-red",
  "bright-green",
  "bright-yellow",
  "bright-blue",
  "bright-magenta",
  "bright-cyan",
  "bright-white",
] as const
/** The 16 ANSI names. */
export type Color = (typeof COLORS)[number]

export type LabelResult =
  | { readonly outcome: "label"; readonly label: string }
  | { readonly outcome: "problem"; readonly reason: "empty" | "too-long" | "control-characters" }

export function parseLabel(text: string): LabelResult {
  if (text.trim() === "") return { outcome: "problem", reason: "empty" }
  if (Buffer.byteLength(text) > LABEL_MAX_BYTES) return { outcome: "problem", reason: "too-long" }
  // Format characters too: a label is printed in lists, where an override could forge a row.
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(text)) return { outcome: "problem", reason: "control-characters" }
  return { outcome: "label", label: text }
}

export function parseColor(text: string): Color | undefined {
  return COLORS.find((color) => color === text)
}

/** Throws RangeError when `suffix` is not five base36 characters. */
export function composeSlug(label: string, suffix: string): Slug {
  if (!SUFFIX.test(suffix)) throw new RangeError(`Slug suffix ${JSON.stringify(suffix)} is not five base36 characters`)
  return `${slugStem(label)}-${suffix}`
}

export function isSlug(text: string): text is Slug {
  return text.length <= SLUG_STEM_MAX + 6 && /^[a-z0-9]+(-[a-z0-9]+)*-[0-9a-z]{5}$/.test(text) && !text.includes("\n")
}

/** The label with `-2`, `-3`, … shortened so that it stays a label. */
export function numberedLabel(label: string, number: number): string {
  const ending = `-${number}`
  let stem = label
  while (Buffer.byteLength(stem + ending) > LABEL_MAX_BYTES) stem = [...stem].slice(0, -1).join("")
  return stem + ending
}

function slugStem(label: string): string {
  const stem = label
    .normalize("NFKD")
    .toLowerCase()
    .replace(/\p{M}/gu, "")
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, SLUG_STEM_MAX)
    .replace(/^-+|-+$/g, "")
  return stem === "" ? "run" : stem
}
