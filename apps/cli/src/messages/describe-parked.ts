// The times of parked runs and of providers' windows, as an operator's clock shows them. Local time.

import { formatTime, type ProviderWindow } from "@bot-bottle/contracts"

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const
const DAY_MS = 86_400_000

/** `14:00`; on another day than today `Nov 29 07:00`. */
export function clockTime(atMs: number, nowMs: number): string {
  const at = new Date(atMs)
  const time = [at.getHours(), at.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":")
  if (at.toDateString() === new Date(nowMs).toDateString()) return time
  return `${MONTHS[at.getMonth()]} ${at.getDate()} ${time}`
}

/** Windows that have not reset since they were seen, one line a provider and account. */
export function describeWindows(windows: readonly ProviderWindow[], nowMs: number): readonly string[] {
  const groups = Map.groupBy(
    windows.filter((window) => isCurrent(window, nowMs)),
    ({ provider, account }) => `${provider} ${account}`,
  )
  return [...groups.values()].map((group) => {
    const [{ provider = "" } = {}] = group
    return `${provider}'s own limits: ${group.map((window) => describeWindow(window, nowMs)).join(" · ")}`
  })
}

/** A row of `usage --json`. The names are API. */
export function windowJson({ provider, account, name, usedPermille, isSpent, resetsAtMs, seenAtMs }: ProviderWindow) {
  return {
    provider,
    account,
    name,
    used_percent: usedPermille === undefined ? null : usedPermille / 10,
    is_spent: isSpent,
    resets_at: resetsAtMs === undefined ? null : formatTime(resetsAtMs),
    seen_at: formatTime(seenAtMs),
  }
}

export function isCurrent({ resetsAtMs, seenAtMs }: ProviderWindow, nowMs: number): boolean {
  return resetsAtMs === undefined ? nowMs - seenAtMs < DAY_MS : resetsAtMs > nowMs
}

function describeWindow({ name, usedPermille, isSpent, resetsAtMs }: ProviderWindow, nowMs: number): string {
  const used = isSpent ? "spent" : usedPermille === undefined ? "" : `${Math.round(usedPermille / 10)}% used`
  const resets = resetsAtMs === undefined ? "" : `resets ${clockTime(resetsAtMs, nowMs)}`
  const words = [used, resets].filter((word) => word !== "").join(", ")
  return `${name} ${words}`.trimEnd()
}
