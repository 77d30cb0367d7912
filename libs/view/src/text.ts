// Text for a grid of cells: cleaned, measured, cut and padded, and numbers in few letters.
//
// Everything that came from a run, a manifest or an agent passes through `plain` once, in the
// fold. After that no text holds a control, an escape, or a character that turns its direction.

import { formatUsd, type ProviderName, sanitizeLine, USD } from "@bot-bottle/contracts"

/** Safe on a terminal: what a terminal would obey becomes a mark, and an emoji sequence one code point. */
export function plain(text: string): string {
  const simple = text
    .replace(
      /(\p{Extended_Pictographic})(?:[\u{1f3fb}-\u{1f3ff}\ufe0f\u20e3]|\u200d\p{Extended_Pictographic})+/gu,
      "$1",
    )
    .replace(/([0-9#*])\ufe0f?\u20e3/gu, "$1")
    .replace(/[\u200b-\u200d\u2060]|[\ufe00-\ufe0f]/gu, "")
  return sanitizeLine(simple).replace(/[\p{Cf}\p{Cs}]/gu, "�")
}

/** How many cells of a terminal it takes. */
export function cellsOf(text: string): number {
  return /^[ -~]*$/.test(text) ? text.length : Bun.stringWidth(text)
}

/** At most `width` cells, with the cut marked. */
export function cut(text: string, width: number, ellipsis: string): string {
  if (width <= 0) return ""
  if (cellsOf(text) <= width) return text
  const room = width - cellsOf(ellipsis)
  if (room <= 0) return ellipsis.slice(0, width)
  let kept = ""
  let used = 0
  for (const char of text) {
    const cells = cellsOf(char)
    if (used + cells > room) break
    kept += char
    used += cells
  }
  return `${kept.trimEnd()}${ellipsis}`
}

export function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - cellsOf(text)))
}

export function padStart(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - cellsOf(text))) + text
}

/** `412k`, `3.42M`, `894`: three figures, never more than five letters. */
export function shortCount(count: number): string {
  const units = ["", "k", "M", "G", "T"]
  let value = Math.max(0, count)
  let unit = 0
  // 999,500 reads 1M, not 1000k.
  while (unit < units.length - 1 && Math.round(value) >= 1000) {
    value /= 1000
    unit += 1
  }
  if (unit === 0) return `${Math.round(value)}`
  const digits = value >= 100 || unit === 1 ? (value < 10 && unit === 1 ? 1 : 0) : value >= 10 ? 1 : 2
  return `${trimZeros(value.toFixed(digits))}${units[unit]}`
}

/** `1,560,000`: budgets are argued about to the token. */
export function exactCount(count: number): string {
  return `${Math.round(count)}`.replace(/\B(?=(\d{3})+$)/g, ",")
}

/** An amount of the budget of this name: `1.56M` tokens, or `$1.25`. */
export function shortAmount(name: ProviderName, amount: number): string {
  return name === USD ? usdToCents(amount) : shortCount(amount)
}

/** `1,560,000` tokens, or `$1.2504`. */
export function exactAmount(name: ProviderName, amount: number): string {
  return name === USD ? formatUsd(amount) : exactCount(amount)
}

/** `$1.25`; below a cent to the micro-dollar. */
function usdToCents(microUsd: number): string {
  return formatUsd(microUsd < 10_000 ? microUsd : Math.floor(microUsd / 10_000) * 10_000)
}

/** `12s`, `4m`, `3h`, `5d`. */
export function shortAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h`
  return `${Math.floor(seconds / 86_400)}d`
}

/** `38m`, `3h 16m`, `2d 4h`. */
export function duration(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000))
  if (minutes < 60) return `${minutes}m`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return minutes % 60 === 0 ? `${hours}h` : `${hours}h ${minutes % 60}m`
  return hours % 24 === 0 ? `${Math.floor(hours / 24)}d` : `${Math.floor(hours / 24)}d ${hours % 24}h`
}

/** `$0.04`, `$12.30`, and `$0.0042` below a cent. */
export function money(usd: number): string {
  return `$${usd.toFixed(usd > 0 && usd < 0.01 ? 4 : 2)}`
}

export function clock(ms: number, zoneOffsetMs: number, parts: "minutes" | "seconds"): string {
  const iso = new Date(ms + zoneOffsetMs).toISOString()
  return iso.slice(11, parts === "minutes" ? 16 : 19)
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const

/** `14:00`; on another day than today `Nov 29 07:00`. */
export function dayClock(ms: number, nowMs: number, zoneOffsetMs: number): string {
  const time = clock(ms, zoneOffsetMs, "minutes")
  const at = new Date(ms + zoneOffsetMs)
  if (at.toISOString().slice(0, 10) === new Date(nowMs + zoneOffsetMs).toISOString().slice(0, 10)) return time
  return `${MONTHS[at.getUTCMonth()]} ${at.getUTCDate()} ${time}`
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${exactCount(count)} ${count === 1 ? one : many}`
}

function trimZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text
}
