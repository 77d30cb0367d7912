import { expect, test } from "bun:test"
import type { CredentialedRoute, OnLimit, ProviderWindow, ProxyReport, RunPolicy } from "@bot-bottle/contracts"
import { type ResponseHead, readResponseHead } from "@bot-bottle/wire"
import { createLimitDesk } from "./limit-desk.ts"

const NOW_MS = Date.parse("2026-11-28T12:00:00Z")
const RESET_S = 1_795_874_400
const RESET_MS = RESET_S * 1000
const LIMIT_BODY = `{"error":{"type":"usage_limit_reached","resets_at":${RESET_S}}}`
const SOCKET_ERROR = `{"type":"error","status":429,"error":{"type":"usage_limit_reached","resets_at":${RESET_S}}}`
const SPENT = [{ kind: "limit-spent", provider: "codex", resetsAtMs: RESET_MS }]

// biome-ignore format: a table
test.each([
  // on_limit   how it is said                                                                                        reports
  ["park",      (desk: Desk) => sayAnswer(desk, 429, [], LIMIT_BODY),                                                 SPENT],
  ["park",      (desk: Desk) => sayAnswer(desk, 429, ["retry-after: 7200"], "slow down"),                             SPENT],
  ["park",      (desk: Desk) => desk.noteMessage(ROUTE, SOCKET_ERROR),                                                SPENT],
  ["park",      (desk: Desk) => desk.noteHandshake(ROUTE, { status: 429, lines: [], body: Buffer.from(LIMIT_BODY) }), SPENT],
  ["park",      (desk: Desk) => { sayAnswer(desk, 429, [], LIMIT_BODY); sayAnswer(desk, 429, [], LIMIT_BODY) },       SPENT],
  ["refuse",    (desk: Desk) => sayAnswer(desk, 429, [], LIMIT_BODY),                                                 []],
  ["park",      (desk: Desk) => sayAnswer(desk, 429, ["retry-after: 5"], ""),                                         []],
  ["park",      (desk: Desk) => sayAnswer(desk, 200, [], LIMIT_BODY),                                                 []],
  // A model's own words about a limit are data.
  ["park",      (desk: Desk) => desk.noteMessage(ROUTE, '{"type":"response.output_text.delta","delta":"usage_limit_reached"}'), []],
  ["park",      (desk: Desk) => desk.noteMessage({ ...ROUTE_OF_NOBODY }, SOCKET_ERROR),                               []],
] as const)("on_limit: %s, said in way %#", (onLimit, say, reports) => {
  const { desk, reported } = openDesk(onLimit)
  say(desk)
  expect<unknown>(reported).toEqual([...reports])
})

test("windows are written when they change, and again after a minute", () => {
  const { desk, written, clock } = openDesk("refuse")
  const say = (percent: number) => sayAnswer(desk, 200, [`x-codex-primary-used-percent: ${percent}`], "")
  say(10)
  say(10)
  say(11)
  clock.nowMs += 59_999
  say(11)
  clock.nowMs += 1
  say(11)
  expect(written.map(({ usedPermille, seenAtMs }) => [usedPermille, seenAtMs - NOW_MS])).toEqual([
    [100, 0],
    [110, 0],
    [110, 60_000],
  ])
})

type Desk = ReturnType<typeof createLimitDesk>

const ROUTE_OF_NOBODY: CredentialedRoute = {
  ...{ host: "chatgpt.com", port: 443, scheme: "https", effect: "allow", inspect: true, matches: "every" },
  origin: "test",
}
const ROUTE: CredentialedRoute = { ...ROUTE_OF_NOBODY, metering: { provider: "codex", api: "chatgpt-responses" } }

function openDesk(onLimit: OnLimit) {
  const reported: ProxyReport[] = []
  const written: ProviderWindow[] = []
  const clock = { nowMs: NOW_MS }
  const desk = createLimitDesk({
    policy: () => ({ onLimit }) as unknown as RunPolicy,
    ledger: { noteWindows: async (windows) => void written.push(...windows), listWindows: async () => written },
    writes: { enqueue: (write) => void write() },
    report: (report) => void reported.push(report),
    nowMs: () => clock.nowMs,
  })
  return { desk, reported, written, clock }
}

/** The body comes in pieces. */
function sayAnswer(desk: Desk, status: number, lines: readonly string[], body: string): void {
  const tap = desk.note(ROUTE, headOf(status, lines))
  for (const piece of body.match(/.{1,7}/gs) ?? []) tap?.(Buffer.from(piece))
  tap?.(undefined)
}

function headOf(status: number, lines: readonly string[]): ResponseHead {
  const text = Buffer.from([`HTTP/1.1 ${status} X`, ...lines, "content-length: 0", ""].join("\r\n"), "latin1")
  const head = readResponseHead(text, 0, text.length, "POST")
  if (head.kind !== "response") throw new Error(head.detail)
  return head
}
