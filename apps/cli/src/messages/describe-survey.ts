// The survey of the host before a start, in words: hidden files and missing tools.

import { formatCounted } from "@bot-bottle/contracts"
import type { LaunchSurvey } from "@bot-bottle/control"

export function formatHiddenCount({ count, isWhole }: NonNullable<LaunchSurvey["hidden"]>): string {
  if (!isWhole && count === 0) return "files that may hold secrets are hidden"
  const least = isWhole ? "" : "at least "
  return `${least}${formatCounted(count, "entry that may hold secrets is", "entries that may hold secrets are")} hidden`
}

export function describeMissingTools(tools: LaunchSurvey["missingTools"]): string {
  return `not in a bottle: ${tools.map(({ name, path }) => `${name} (${path})`).join(", ")}`
}
