// Reads amounts as people write them: `30m`, `7d`, `4g`. A number without a unit is refused:
// nobody knows whether `memory: 512` meant bytes or megabytes.

const MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}
const BYTES: Readonly<Record<string, number>> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 }
const TEN_YEARS_MS = 10 * 365 * 86_400_000

/** Milliseconds, up to ten years. */
export function parseDuration(text: string): number | undefined {
  const [, count, unit = ""] = /^(\d{1,9})([smhdw])$/.exec(text) ?? []
  const ms = Number(count) * (MS[unit] ?? Number.NaN)
  return ms <= TEN_YEARS_MS ? ms : undefined
}

/** Binary units: `4g` and `4GiB` are 4 × 2^30. Whole bytes, more than none. */
export function parseByteSize(text: string): number | undefined {
  const [, count, unit = ""] = /^(\d{1,9}(?:\.\d{1,3})?)([kmgt])(?:i?b)?$/i.exec(text) ?? []
  const bytes = Math.floor(Number(count) * (BYTES[unit.toLowerCase()] ?? Number.NaN))
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined
}
