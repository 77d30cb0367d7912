// Numbers and times as people and machines read them.

import { type ProviderName, USD } from "../spend/budget.ts"

/** `12,345`: exact, never rounded, because budgets are argued about to the token. */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US")
}

/** `1 commit`, `1,200 commits`. */
export function formatCounted(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

/** `$1,234.50`, `$0.0042`: exact, with cents at least. */
export function formatUsd(microUsd: number): string {
  const whole = Math.floor(microUsd / 1_000_000)
  const fraction = String(microUsd % 1_000_000).padStart(6, "0")
  return `$${formatCount(whole)}.${fraction.slice(0, 2)}${fraction.slice(2).replace(/0+$/, "")}`
}

/** An amount of the budget of this name: `12,345` tokens, or `$5.00`. */
export function formatAmount(name: ProviderName, amount: number): string {
  return name === USD ? formatUsd(amount) : formatCount(amount)
}

/** `1,200 of 5,000 claude tokens`, or `$1.20 of $5.00`. */
export function formatShare(name: ProviderName, part: number, whole: number): string {
  return name === USD
    ? `${formatUsd(part)} of ${formatUsd(whole)}`
    : `${formatCount(part)} of ${formatCount(whole)} ${name} tokens`
}

/** ISO 8601 in local time with its offset. */
export function formatTime(ms: number): string {
  const date = new Date(ms)
  const offset = -date.getTimezoneOffset()
  const local = new Date(ms + offset * 60_000).toISOString().slice(0, -1)
  const sign = offset < 0 ? "-" : "+"
  const minutes = Math.abs(offset)
  return `${local}${sign}${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`
}

/** `2026-11-28 09:14:05` in local time, for people. */
export function formatLocalTime(ms: number): string {
  return formatTime(ms).slice(0, 19).replace("T", " ")
}

/** `3m`, `2h`, `5d`: how long ago, coarsely. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h`
  return `${Math.floor(seconds / 86_400)}d`
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0")
}

/** `1.5 GiB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"]
  const power = Math.max(
    0,
    units.findLastIndex((_, index) => bytes >= 1024 ** index),
  )
  return `${Number((bytes / 1024 ** power).toFixed(1))} ${units[power]}`
}
