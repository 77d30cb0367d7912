import { expect, test } from "bun:test"
import { formatTime } from "@bot-bottle/contracts"
import type { EgressEvent } from "@bot-bottle/contracts/messages/egress-event"
import { createHostGroups, describeEgress } from "./describe-egress.ts"

const NOW = Date.parse("2026-03-02T12:00:00.000Z")
const MINUTE = 60_000

test.each([
  [{ kind: "denied", reason: "host-not-allowed" }, "denied host-not-allowed"],
  [{ kind: "denied", reason: "upstream-unreachable" }, "failed: the host could not be reached"],
  [{ kind: "denied", reason: "upstream-tls" }, "failed: its certificate could not be verified"],
  [{ kind: "forwarded", status: 204 }, "forwarded 204"],
] as const)("describeEgress %j: %s, at local time", (fields, outcome) => {
  const event = eventOf({ ...fields, method: "GET", path: "/a", rule: "bottle dev" })
  expect(describeEgress(event, NOW)).toBe(`${clockOf(NOW - MINUTE)}  ${outcome}  GET a.example:443/a  (bottle dev)`)
})

test("describeEgress: another day is named", () => {
  const at = NOW - 3 * 24 * 60 * MINUTE
  expect(describeEgress(eventOf({ at: new Date(at).toISOString() }), NOW)).toStartWith(
    formatTime(at).slice(0, 19).replace("T", " "),
  )
})

test("createHostGroups: a line for each host and outcome, the most frequent first, control characters gone", () => {
  const groups = createHostGroups()
  for (const minutes of [9, 5, 2]) groups.add(eventOf({ at: ago(minutes), host: "pkgs.example" }))
  groups.add(eventOf({ kind: "forwarded", status: 200 }))
  groups.add(eventOf({ host: "x\u001b[2J" }))
  const lines = groups.lines(NOW)
  expect(lines[0]).toBe(
    `pkgs.example:443  ×3  denied host-not-allowed  ${clockOf(NOW - 9 * MINUTE)} to ${clockOf(NOW - 2 * MINUTE)}`,
  )
  expect(lines[1]).toBe(`a.example:443     ×1  forwarded 200  ${clockOf(NOW - MINUTE)}`)
  expect(lines.join("")).not.toContain("\u001b")
})

function ago(minutes: number): string {
  return new Date(NOW - minutes * MINUTE).toISOString()
}

function clockOf(ms: number): string {
  return formatTime(ms).slice(11, 19)
}

function eventOf(fields: Partial<EgressEvent>): EgressEvent {
  const reason = fields.kind === "forwarded" ? {} : ({ reason: "host-not-allowed" } as const)
  return { at: ago(1), kind: "denied", ...reason, host: "a.example", port: 443, ...fields }
}
