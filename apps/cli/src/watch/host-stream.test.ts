import { expect, test } from "bun:test"
import { appendFileSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { type AccountRow, EGRESS_FILES, type HostEvent, type RunBudgets, runFolders } from "@bot-bottle/contracts"
import { hostEventSchema, MAX_HOST_EVENT } from "@bot-bottle/contracts/messages/host-event"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { writeLaunchRecord } from "@bot-bottle/control"
import {
  openTempLedger,
  sampleBudgets,
  sampleLimit,
  sampleRequest,
  sampleRun,
  sampleSettlement,
} from "@bot-bottle/ledger/testing"
import { waitFor } from "@bot-bottle/testkit"
import { streamHost } from "./host-stream.ts"
import type { ForgeRuns } from "./live-runs.ts"

const SLUG = "impl-abc12"

test("first everything live, then every request when it is reserved and when it ends, with what it did to run and budget", async () => {
  await using stream = await openStream()
  await stream.until("tick")
  expect(stream.kinds().slice(0, 3)).toEqual(["hello", "snapshot", "tick"])
  expect(stream.last("snapshot")).toMatchObject({
    runs: [{ slug: SLUG, status: "running", budgets: [{ scope: "run", limit: 500, used: 0 }], usage: { requests: 0 } }],
    budgets: [
      { scope: "run", key: SLUG, limit: 500 },
      { scope: "host", limit: 9_000, is_ceiling: false },
    ],
    open_requests: [],
    past_runs: 0,
  })

  await stream.ledger.reserve(sampleRequest("r1", SLUG, stream.budgets))
  expect(await stream.until("request", ({ id }) => id === "r1")).toMatchObject({
    status: "reserved",
    reserved_tokens: 30,
    ended_at: null,
  })
  await stream.ledger.settle("r1", sampleSettlement({ inputTokens: 5, outputTokens: 7 }))
  expect(await stream.until("request", ({ status }) => status === "settled")).toMatchObject({
    id: "r1",
    charged_tokens: 12,
  })
  expect(await stream.until("run", ({ usage }) => usage.charged_tokens === 12)).toMatchObject({
    budgets: [{ used: 12, limit: 500 }],
  })
  expect(await stream.until("budget", ({ scope, used }) => scope === "host" && used === 12)).toMatchObject({
    limit: 9_000,
  })
})

test("an account is told at once, and again when its windows have changed", async () => {
  await using stream = await openStream()
  stream.accounts.now = [accountOf(42)]
  expect((await stream.until("account")).windows).toEqual(accountOf(42).windows)
  stream.accounts.now = [accountOf(43)]
  const next = await stream.until("account", ({ windows }) => windows[0]?.used_percent === 43)
  expect(stream.kinds().filter((kind) => kind === "account").length).toBe(2)
  expect(parseMessage(hostEventSchema, JSON.stringify(next), { maxLength: MAX_HOST_EVENT }).outcome).toBe("parsed")
}, 20_000)

test("a request that never left is released, and counts nowhere", async () => {
  await using stream = await openStream()
  await stream.until("tick")
  await stream.ledger.reserve(sampleRequest("r1", SLUG, stream.budgets))
  await stream.until("request", ({ status }) => status === "reserved")
  await stream.ledger.release("r1")
  expect(await stream.until("request", ({ status }) => status === "released")).toMatchObject({
    id: "r1",
    charged_tokens: 0,
  })
})

test("a limit that an operator sets governs in the next events", async () => {
  await using stream = await openStream()
  await stream.until("tick")
  await stream.ledger.setBudget(sampleLimit(777, { scope: { kind: "run", key: SLUG } }), { actor: "me" })
  expect(await stream.until("run", ({ budgets }) => budgets[0]?.limit === 777)).toMatchObject({ slug: SLUG })
  expect(await stream.until("budget", ({ scope }) => scope === "run")).toMatchObject({ limit: 777 })
  expect(await stream.until("audit")).toMatchObject({ actor: "me" })
})

test("steps, ends and refusals of the egress plane arrive; a run that has ended is a past run", async () => {
  await using stream = await openStream()
  await stream.until("tick")
  const id = await stream.ledger.beginEnforcement({ slug: SLUG, kind: "kill", trigger: "operator", actor: "me" })
  expect(await stream.until("step")).toMatchObject({ id, step: "kill", outcome: "pending" })
  const line = { at: "2026-11-28T10:00:00.000Z", kind: "denied", reason: "host-not-allowed", host: "a.test", port: 443 }
  appendFileSync(join(stream.egress, "events.jsonl"), `${JSON.stringify(line)}\n`)
  expect(await stream.until("denied")).toMatchObject({ slug: SLUG, host: "a.test", count: 1, at: line.at })
  const seen = await stream.ledger.findRun(SLUG)
  await stream.ledger.updateRunAsSeen(seen!, { status: "killed", endedAtMs: Date.now(), endReason: "operator" })
  expect(await stream.until("run", ({ status }) => status === "killed")).toMatchObject({ end_reason: "operator" })
  expect(await stream.until("tick", ({ past_runs }) => past_runs === 1)).toBeDefined()
})

test("questions of an agent arrive while they wait, with their answer, and expire with their run", async () => {
  await using stream = await openStream()
  await stream.until("tick")
  const ask = (host: string) =>
    stream.ledger.propose(
      { slug: SLUG, ask: { kind: "route", host }, why: "the build needs it", lifetimeMs: 3_600_000 },
      { actor: "agent" },
    )
  await ask("a.test")
  expect(await stream.until("ask")).toMatchObject({ id: 1, slug: SLUG, asks_for: "route", state: "pending" })
  await stream.ledger.answerProposal({
    ...{ proposalId: 1, decision: "approved", duration: "run", editedAsk: { kind: "route", host: "b.test" } },
    ...{ reason: "once more", actor: "me", channel: "dashboard" },
  })
  expect(await stream.until("ask", ({ state }) => state === "approved")).toMatchObject({
    ...{ id: 1, ask: { kind: "route", host: "b.test" }, duration: "run", reason: "once more", answered_by: "me" },
  })
  await ask("c.test")
  expect(await stream.until("ask", ({ id }) => id === 2)).toMatchObject({ state: "pending", answered_at: null })
  const seen = await stream.ledger.findRun(SLUG)
  await stream.ledger.updateRunAsSeen(seen!, { status: "ended", endedAtMs: Date.now() })
  expect(await stream.until("ask", ({ state }) => state === "expired")).toMatchObject({ id: 2, answered_by: null })
})

test("requests of before are in the stream, oldest first, before its first tick", async () => {
  await using stream = await openStream({ before: 3 })
  await stream.until("tick")
  const ids = stream.events.flatMap((event) => (event.kind === "request" ? [event.id] : []))
  expect(ids).toEqual(["old-0", "old-1", "old-2"])
})

test("a run that works on an issue says so, once its record is there", async () => {
  await using stream = await openStream()
  await stream.until("tick")
  stream.forgeRuns.now = new Map([[SLUG, { issue: "acme/widgets#17", pull_request: "#5" }]])
  expect(await stream.until("run", ({ forge }) => forge !== null)).toMatchObject({
    forge: { issue: "acme/widgets#17", pull_request: "#5" },
  })
})

test("a bottle that logs no refusals: its proxy says how many there were", async () => {
  await using stream = await openStream()
  const status = { protocol: 1, slug: SLUG, egress: "open", openStreams: 0, requests: 9, denied: 7 }
  await using _proxy = await serveControl(stream.egress, status)
  expect(await stream.until("denied")).toMatchObject({ slug: SLUG, reason: null, host: "", count: 7 })
})

test("everything that is emitted is a valid event of the stream", async () => {
  await using stream = await openStream({ before: 2 })
  await stream.until("tick")
  const problems = stream.events.flatMap((event) => {
    const parsed = parseMessage(hostEventSchema, JSON.stringify(event), { maxLength: MAX_HOST_EVENT })
    return parsed.outcome === "invalid" ? [`${event.kind}: ${parsed.problem}`] : []
  })
  expect(problems).toEqual([])
})

type EventOf<Kind extends HostEvent["kind"]> = Extract<HostEvent, { readonly kind: Kind }>

function accountOf(percent: number): AccountRow {
  const windows = [{ name: "5h", used_percent: percent, is_spent: false, resets_at: null }]
  const login = { login: "~/.claude/.credentials.json", name: null, owner: "ana@example.com", access_until: null }
  return { provider: "claude", id: "abc", ...login, is_renewed: true, problem: null, windows }
}

async function openStream({ before = 0 } = {}) {
  const temp = await openTempLedger()
  const root = temp.folder
  const budgets: RunBudgets = sampleBudgets(SLUG, {
    declared: [sampleLimit(500, { scope: { kind: "run", key: SLUG }, source: "flag" })],
  })
  const { egress } = runFolders(root, SLUG)
  mkdirSync(egress, { recursive: true })
  writeLaunchRecord(root, SLUG, { budgets })
  await temp.ledger.createRun(sampleRun(SLUG, { startedAtMs: Date.now() }))
  for (let index = 0; index < before; index += 1) {
    await temp.ledger.reserve(sampleRequest(`old-${index}`, SLUG, budgets))
    await temp.ledger.settle(`old-${index}`, sampleSettlement({ outputTokens: 1 }))
  }
  const watched = await temp.openAnother()
  const over = new AbortController()
  const forgeRuns: { now: ForgeRuns } = { now: new Map() }
  const accounts: { now: readonly AccountRow[] } = { now: [] }
  const events: HostEvent[] = []
  const streaming = streamHost({
    ...{ ledger: watched, root, hostName: "host", version: "0", signal: over.signal, from: undefined, nowMs: Date.now },
    forgeRuns: () => forgeRuns.now,
    accounts: async () => accounts.now,
    settingsLimits: () => ({ limits: [sampleLimit(9_000)], ceilings: [] }),
    selected: () => SLUG,
    emit: (more) => void events.push(...more),
  })
  const found = <Kind extends HostEvent["kind"]>(kind: Kind, fits: (event: EventOf<Kind>) => boolean) =>
    events.findLast((event): event is EventOf<Kind> => event.kind === kind && fits(event as EventOf<Kind>))
  return {
    ...{ ledger: temp.ledger, budgets, egress, events, forgeRuns, accounts },
    kinds: () => events.map(({ kind }) => kind),
    last: <Kind extends HostEvent["kind"]>(kind: Kind) => found(kind, () => true),
    until: <Kind extends HostEvent["kind"]>(kind: Kind, fits: (event: EventOf<Kind>) => boolean = () => true) =>
      waitFor(`a '${kind}' event`, async () => found(kind, fits), { describe: () => JSON.stringify(events.slice(-5)) }),
    async [Symbol.asyncDispose]() {
      over.abort()
      await streaming
      await temp[Symbol.asyncDispose]()
    },
  }
}

/** The control socket of a proxy that has counted so much. */
async function serveControl(egress: string, status: object): Promise<AsyncDisposable> {
  const server = Bun.serve({ unix: join(egress, EGRESS_FILES.control), fetch: () => Response.json(status) })
  return { [Symbol.asyncDispose]: () => server.stop(true) }
}
