// Turns the requests that a run's egress forwarded or refused into lines for a person. A line has
// the local time, and tells a failure of the upstream from a refusal. Pure.

import {
  DENIAL_CAUSE,
  type DenialReason,
  formatAuthority,
  formatTime,
  type ReasonOf,
  sanitizeLine,
} from "@bot-bottle/contracts"
import type { EgressEvent } from "@bot-bottle/contracts/messages/egress-event"

/** One request. */
export function describeEgress(event: EgressEvent, nowMs: number): string {
  const request = `${event.method ?? "CONNECT"} ${formatAuthority(event)}${event.path ?? ""}`
  const rule = event.rule === undefined ? [] : [`(${event.rule})`]
  return sanitizeLine([shownTime(Date.parse(event.at), nowMs), outcomeOf(event), request, ...rule].join("  "))
}

/** An agent can invent hosts without end. */
const MAX_GROUPS = 1_000

interface Group {
  readonly place: string
  readonly outcome: string
  readonly count: number
  readonly firstMs: number
  readonly lastMs: number
}

/** A line for each host and outcome, the most frequent first. */
export function createHostGroups(): { add(event: EgressEvent): void; lines(nowMs: number): readonly string[] } {
  const groups = new Map<string, Group>()
  let others = 0
  return {
    add(event) {
      const [place, outcome, atMs] = [formatAuthority(event), outcomeOf(event), Date.parse(event.at)]
      const key = `${place} ${outcome}`
      const { count = 0, firstMs = atMs } = groups.get(key) ?? {}
      if (count === 0 && groups.size >= MAX_GROUPS) others += 1
      else groups.set(key, { place, outcome, count: count + 1, firstMs, lastMs: atMs })
    },
    lines(nowMs) {
      const sorted = [...groups.values()].sort((a, b) => b.count - a.count)
      const width = Math.max(0, ...sorted.map(({ place }) => Math.min(place.length, MAX_PLACE)))
      return [
        ...sorted.map(({ place, outcome, count, firstMs, lastMs }) => {
          const when = [...new Set([firstMs, lastMs].map((ms) => shownTime(ms, nowMs)))].join(" to ")
          return sanitizeLine(`${place.padEnd(width)}  ×${count}  ${outcome}  ${when}`)
        }),
        ...(others === 0 ? [] : [`other hosts  ×${others}`]),
      ]
    },
  }
}

const MAX_PLACE = 40

/** The bottle's rules let the request through. */
const FAILURES: Readonly<Record<ReasonOf<"upstream">, string>> = {
  "upstream-unreachable": "failed: the host could not be reached",
  "upstream-tls": "failed: its certificate could not be verified",
}

function outcomeOf({ kind, reason, status }: EgressEvent): string {
  if (kind !== "denied") return `${kind} ${status ?? ""}`.trim()
  if (reason !== undefined && isFailure(reason)) return FAILURES[reason]
  return `denied ${reason ?? ""}`.trim()
}

function isFailure(reason: DenialReason): reason is ReasonOf<"upstream"> {
  return DENIAL_CAUSE[reason] === "upstream"
}

/** With the day when it is another one. */
function shownTime(ms: number, nowMs: number): string {
  if (Number.isNaN(ms)) return "--:--:--"
  const [day = "", time = ""] = formatTime(ms).split("T")
  const clock = time.slice(0, 8)
  return formatTime(nowMs).startsWith(day) ? clock : `${day} ${clock}`
}
