// The figures of a session as one line, and the command that opens what it was refused.

import { formatAuthority, formatCount, formatCounted, formatShare, showHidden, USD } from "@bot-bottle/contracts"
import type { RefusedHost, SessionEnd, SessionTally } from "@bot-bottle/control"
import { costOf, formatCost } from "../cost-of.ts"

/** `fix-it-a1pfx  4 min · 3 files (+12 −3) · 12,400 tokens ($0.21) · refused pkgs.example ×7` */
export function describeTally({ slug, tally }: SessionEnd): readonly string[] {
  if (tally === undefined) return []
  const { durationMs, changes, usage, money, refused } = tally
  const parts = [
    formatDuration(durationMs),
    ...(changes === undefined ? [] : [describeChanges(changes)]),
    ...(usage === undefined ? [] : [describeUsage(usage)]),
    ...(money === undefined ? [] : [`${formatShare(USD, money.usedMicroUsd, money.limitMicroUsd)} used`]),
    ...(refused.length === 0 ? [] : [`refused ${describeRefused(refused)}`]),
  ]
  return [`${slug}  ${parts.join(" · ")}`]
}

/** For the first refused host that a route can name. */
export function describeAllow(tally: SessionTally | undefined): readonly string[] {
  const { bottle, refused = [] } = tally ?? {}
  // The agent chose the host, so a command shows it only when it is a plain name.
  const named = refused.filter(({ host }) => /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(host))
  // A probe of an odd port is seldom what the agent lacked.
  const first = named.find(({ port }) => port === 443 || port === 80) ?? named[0]
  if (bottle === undefined || first === undefined) return []
  return [`to allow it: bot-bottle allow ${bottle} ${siteName(first)}${first.port === 80 ? " --http" : ""}`]
}

const SHOWN_HOSTS = 3

function describeRefused(refused: readonly RefusedHost[]): string {
  const shown = refused.slice(0, SHOWN_HOSTS).map((one) => `${showHidden(siteName(one))} ×${one.count}`)
  const more = refused.length - shown.length
  return [...shown, ...(more === 0 ? [] : [`${more} more`])].join(", ")
}

/** Without the port that its scheme has anyway. */
function siteName(refused: RefusedHost): string {
  return formatAuthority(refused, refused.port === 80 ? "http" : "https")
}

function describeChanges({ files, lines }: NonNullable<SessionTally["changes"]>): string {
  if (files === 0) return "nothing changed"
  const counted = formatCounted(files, "file")
  return lines === undefined ? counted : `${counted} (+${formatCount(lines.added)} −${formatCount(lines.removed)})`
}

function describeUsage(usage: NonNullable<SessionTally["usage"]>): string {
  const cost = costOf(usage)
  const tokens = formatCounted(usage.chargedTokens, "token")
  // A part without a price would make the sum a lie.
  return cost === null || usage.unpricedRequests > 0 ? tokens : `${tokens} (${formatCost(cost)})`
}

function formatDuration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
