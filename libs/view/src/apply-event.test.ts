import { describe, expect, test } from "bun:test"
import type { HostEvent, HostEventBody, RequestRow } from "@bot-bottle/contracts"
import { applyEvent } from "./apply-event.ts"
import { EMPTY_VIEW, type HostView } from "./host-view.ts"
import { perMinute } from "./rates.ts"
import { SAMPLE_NOW_MS, sampleEvents } from "./testing/index.ts"

const sample = sampleEvents()
const whole = fold(sample)
const denials = sample.filter(({ kind }) => kind === "denied")

test("a stream gives its runs, limits, denials and counts", () => {
  const [first] = whole.runs.values()
  expect([...whole.runs.values()].map(({ status }) => status).sort()).toEqual(
    ["cut", "frozen", ...Array(8).fill("running")].sort(),
  )
  expect({ connection: whole.connection, host: whole.host, past: whole.pastRuns }).toEqual({
    connection: "live",
    host: "atlas",
    past: 9_874,
  })
  expect({ denied: first!.denied, open: first!.requests.filter(({ status }) => status === "reserved").length }).toEqual(
    { denied: 3, open: 2 },
  )
  expect([...whole.denials.values()].map(({ reason, count }) => ({ reason, count }))).toEqual([
    { reason: "host-not-allowed", count: 14 },
    { reason: "method-or-path-not-allowed", count: 2 },
    { reason: "ip-literal", count: 1 },
    { reason: "dlp-match", count: 2 },
    { reason: "host-not-allowed", count: 1 },
  ])
})

describe("events that come twice or late change nothing", () => {
  test.each([
    ["every event twice", sample.flatMap((event) => [event, event])],
    ["the whole stream again, as after a reconnect", [...sample, ...sample]],
    ["every request twice, the second time open again", sample.flatMap((each) => [each, ...reopened(each)])],
    ["a stream that broke off early, and a reconnect", [...sample.slice(0, 40), ...sample]],
    ["a stream that broke off late, and a reconnect", [...sample.slice(0, -30), ...sample]],
    ["two reconnects, the first one short", [...sample, ...sample.slice(0, 60), ...sample]],
    ["requests in the other order", [...others("request"), ...sample.filter(isOf("request")).toReversed()]],
    ["audit rows in the other order", [...others("audit"), ...sample.filter(isOf("audit")).toReversed()]],
    ["denials in the other order", [...sample.filter(({ kind }) => kind !== "denied"), ...denials.toReversed()]],
  ])("%s", (_, events) => {
    expect(comparable(fold(events))).toEqual(comparable(whole))
  })
})

test("a snapshot forgets runs it does not name and open requests it does not name", () => {
  const snapshot = sample.find((event) => event.kind === "snapshot") as HostEvent & { kind: "snapshot" }
  const view = fold([...sample, { ...snapshot, runs: snapshot.runs.slice(0, 1), open_requests: [] }])
  expect([...view.runs.keys()]).toEqual([snapshot.runs[0]!.slug])
  expect(
    [...view.runs.values()].flatMap(({ requests }) => requests).filter(({ status }) => status === "reserved"),
  ).toEqual([])
})

test("a trouble is over with the next tick", () => {
  const troubled = fold([...sample, event({ kind: "trouble", message: "no ledger\x1b[2J", hint: null })])
  expect(troubled.trouble).toEqual({ message: "no ledger�[2J", hint: null })
  expect(fold([event({ kind: "tick", past_runs: 1 })], troubled)).toMatchObject({
    connection: "live",
    trouble: undefined,
  })
})

describe("asks", () => {
  const pending = sample.find((each) => each.kind === "ask") as HostEvent & { kind: "ask" }
  const approved = {
    ...pending,
    state: "approved",
    duration: "run",
    answered_by: "ana",
    answered_at: pending.at,
  } as const
  const stateAfter = (events: readonly HostEvent[]) => fold(events, whole).asks.get(pending.id)?.state

  test.each([
    // events in order of arrival     how it stands
    [[pending], "pending"],
    [[pending, approved], "approved"],
    [[approved, pending], "approved"],
    [[{ ...pending, state: "expired" } as const, approved], "expired"],
  ] as const)("%#: the first end stands", (events, state) => {
    expect(stateAfter(events)).toBe(state)
  })

  test("a snapshot forgets them: those that still wait follow it", () => {
    const snapshot = sample.find((each) => each.kind === "snapshot") as HostEvent
    expect([...fold([snapshot], whole).asks.keys()]).toEqual([])
    expect([...fold([snapshot, pending], whole).asks.keys()]).toEqual([pending.id])
  })

  test("the agent's text is cleaned", () => {
    const ask = { kind: "hold", cause: "host-not-allowed", host: "a.io\x1b[2J", port: 443 } as const
    const view = fold([{ ...pending, id: 99, ask, why: "\u202enow" }], whole)
    expect(view.asks.get(99)).toMatchObject({ line: "a.io�[2J", why: "�now" })
  })
})

describe("steps", () => {
  const slug = [...whole.runs.keys()][0]!
  const step = (id: number, outcome: "pending" | "done") =>
    event({ kind: "step", id, slug, step: "freeze", trigger: "operator", actor: "ana", outcome, error: null })
  test.each([
    // steps in order of arrival                              what is pending
    [[step(4, "pending")], 4],
    [[step(4, "pending"), step(4, "done")], undefined],
    [[step(4, "done"), step(4, "pending")], undefined],
    [[step(4, "pending"), step(5, "pending"), step(4, "done")], 5],
  ])("%#", (steps, pending) => {
    expect(fold(steps, whole).runs.get(slug)?.pending?.id).toEqual(pending)
  })
})

test("an ended run leaves ten minutes after its end", () => {
  const snapshot = sample.find((each) => each.kind === "snapshot") as HostEvent & { kind: "snapshot" }
  const row = {
    ...snapshot.runs[0]!,
    status: "ended" as const,
    ended_at: new Date(SAMPLE_NOW_MS).toISOString(),
    exit_code: 0,
  }
  const ended = fold([event({ kind: "run", ...row })], whole)
  const later = (ms: number) =>
    fold([event({ kind: "tick", past_runs: 0 }, SAMPLE_NOW_MS + ms)], ended).runs.has(row.slug)
  expect([later(599_000), later(601_000)]).toEqual([true, false])
})

test("a bottle that logs nothing still counts its denials", () => {
  const slug = [...whole.runs.keys()][1]!
  const count = (count: number) =>
    event({ kind: "denied", slug, reason: null, method: null, host: "", port: 0, path: null, count })
  expect(fold([count(3), count(7), count(5)], whole).runs.get(slug)?.denied).toBe(7)
})

test("text from outside is cleaned once", () => {
  const view = fold(sampleEvents({ hostileText: "a\x1b]0;b\x07\u202ec\u2028👩‍💻1️⃣" }))
  const texts = JSON.stringify([...view.runs.values(), ...view.denials.values()].map((each) => ({ ...each, key: "" })))
  expect(texts).not.toMatch(/\\u001b|\u202e|\u2028|\u200d|\ufe0f/)
  expect([...view.runs.values()][0]?.label).toBe("a�]0;b��c�👩1")
})

function isOf(wanted: HostEvent["kind"]) {
  return ({ kind }: HostEvent) => kind === wanted
}

function others(unwanted: HostEvent["kind"]): readonly HostEvent[] {
  return sample.filter(({ kind }) => kind !== unwanted)
}

function fold(events: readonly HostEvent[], from: HostView = EMPTY_VIEW): HostView {
  return events.reduce(applyEvent, from)
}

function event(body: HostEventBody, atMs = SAMPLE_NOW_MS): HostEvent {
  return { v: 1, cursor: "x", at: new Date(atMs).toISOString(), ...body }
}

/** The same request, as it was when it was reserved. */
function reopened(each: HostEvent): readonly HostEvent[] {
  if (each.kind !== "request") return []
  const reserved: RequestRow = { ...each, status: "reserved", ended_at: null, charged_tokens: 0 }
  return [event({ kind: "request", ...reserved })]
}

function comparable(view: HostView) {
  return {
    ...view,
    runs: [...view.runs.values()].map(({ rate, ...run }) => ({
      ...run,
      perMinute: Math.round(perMinute(rate, SAMPLE_NOW_MS)),
    })),
    rates: [...view.rates].map(([name, rate]) => [name, Math.round(perMinute(rate, SAMPLE_NOW_MS))]).sort(),
    denials: [...view.denials.values()]
      .map(({ recent: _, ...denial }) => denial)
      .sort((a, b) => (a.key < b.key ? -1 : 1)),
  }
}
