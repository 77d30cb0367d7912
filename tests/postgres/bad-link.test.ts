// A database that is slow, or whose connections break in the middle of a statement. Requests continue within
// the block that the host has and are refused then. Nothing that was metered is lost.

import { afterAll, expect, test } from "bun:test"
import { FLEET_SCOPE, type ProcessIdentity } from "@bot-bottle/contracts"
import { type Ledger, LedgerUnavailable } from "@bot-bottle/ledger"
import { sampleBudgets, sampleLimit, sampleRequest, sampleRun, sampleSettlement } from "@bot-bottle/ledger/testing"
import { readJson, startCluster, waitFor } from "@bot-bottle/testkit"
import { openLifecycleHost, REQUEST_TOKENS } from "../e2e/lifecycle/lifecycle-host.ts"
import { type LinkFault, openBadLink } from "./bad-link.ts"
import { openSharedHosts } from "./shared-ledger.ts"

const cluster = await startCluster()
afterAll(() => cluster[Symbol.asyncDispose]())

const OPERATOR = { actor: "operator" }
const LIMIT = 3000
const CATCH_UP_MS = 20_000

// biome-ignore format: a table
test.each([
  // the link                              requests beyond the block
  [{ kind: "slow", delayMs: 200 },          "are granted"],
  [{ kind: "slow", delayMs: 2000 },         "are refused"],
  [{ kind: "cut-request" },                 "are refused"],
  [{ kind: "cut-answer" },                  "are refused"],
] as const satisfies readonly (readonly [LinkFault, string])[])("INV-5, INV-9: on a link that is %j, requests within the block continue, and those beyond it %s", async (fault, beyond) => {
  await using hosts = await openSharedHosts(cluster)
  using link = openBadLink(cluster.port)
  const ledger = await hosts.open("one-00000", { url: hosts.url.replace(`:${cluster.port}/`, `:${link.port}/`) })
  await ledger.createRun(sampleRun("mine"))
  await ledger.setBudget(sampleLimit(LIMIT, { scope: FLEET_SCOPE }), OPERATOR)
  await spend(ledger, "first")
  await using served = serve(ledger)

  link.setFault(fault)
  const { spent, refusal, fastestMs } = await spendAll(ledger)
  expect(spent).toBeGreaterThan(0)
  // A reservation within the block asks nobody: one that did would wait for two packets.
  expect(fastestMs).toBeLessThan(200)
  if (beyond === "are granted") expect([spent, refusal]).toEqual([LIMIT / REQUEST_TOKENS - 1, "over-budget"])
  else {
    expect(refusal).toBe("ledger-unavailable")
    expect(spent).toBeLessThan(LIMIT / REQUEST_TOKENS - 1)
  }
  if (fault.kind !== "slow") expect(link.cuts).toBeGreaterThan(0)

  link.setFault({ kind: "none" })
  const other = await hosts.open("two-00000")
  const charged = (spent + 1) * REQUEST_TOKENS
  await waitFor("the other host to see it all", async () => (await chargedIn(other)) === charged, {
    deadlineMs: CATCH_UP_MS,
  })
  // A grant whose answer never came is neither lost nor given twice.
  const rest = await waitFor("a request to be granted or refused for good", () => spendAll(ledger).then((end) => end.refusal === "over-budget" && end), {
    deadlineMs: CATCH_UP_MS,
  })
  await served.end()
  await waitFor("the end of the limit", async () => (await chargedIn(other)) === LIMIT, { deadlineMs: CATCH_UP_MS })
  expect(rest.spent * REQUEST_TOKENS + charged).toBeLessThanOrEqual(LIMIT)
  expect(await other.verifyAudit()).toMatchObject({ outcome: "intact" })
}, 240_000)

test("a run on a slow link is answered within its host's block, then with 503 ledger-unavailable, and with 200 once the link is well", async () => {
  using link = openBadLink(cluster.port)
  const url = await cluster.createDatabase()
  const slow = url.replace(`:${cluster.port}/`, `:${link.port}/`)
  await using here = await openLifecycleHost(ASKING, { env: { BOT_BOTTLE_LEDGER: slow, USER: "ann" } })
  expect((await here.run("budget", "set", "fleet", "claude", "3000")).exitCode).toBe(0)
  await using program = await here.launch("work")
  let asked = 0
  const ask = async () => {
    asked += 1
    program.write("again\n")
    const [, , ended = ""] = await program.untilStdout(new RegExp(`(again (.*)\\n[\\s\\S]*?){${asked}}`))
    return ended
  }

  link.setFault({ kind: "slow", delayMs: 2000 })
  const answers: string[] = []
  while (answers.length < 30 && (answers.at(-1) ?? "200") === "200") answers.push(await ask())
  expect(answers.length).toBeGreaterThan(1)
  expect(answers.at(-1)).toBe("503 ledger-unavailable")

  link.setFault({ kind: "none" })
  await waitFor("a request to be answered", async () => (await ask()) === "200", { deadlineMs: CATCH_UP_MS })
  await using there = await openLifecycleHost(ASKING, { env: { BOT_BOTTLE_LEDGER: url, USER: "bob" } })
  const billed = here.standIn.bill.length * REQUEST_TOKENS
  await waitFor(
    "the other host to see it all",
    async () => {
      const { totals } = readJson((await there.run("usage", "--json")).stdout, { totals: { charged_tokens: "number" } })
      return totals.charged_tokens === billed
    },
    { deadlineMs: CATCH_UP_MS },
  )
}, 240_000)

/** Its status, and the proxy's reason where there is one. */
const ASKING = `
  const said = async () => { const r = await ask(); return [r.status, r.headers.get("x-bot-bottle-reason")].filter(Boolean).join(" ") };
  console.log("first", await said());
  for await (const line of console) if (line) console.log(line, await said());
`

function serve(ledger: Ledger) {
  const over = new AbortController()
  const serving = ledger.fleet?.serve({
    signal: over.signal,
    self: `${process.pid}:1:${ledger.host}` as ProcessIdentity,
    isAlive: () => true,
    onCommand() {},
  })
  const end = async () => {
    over.abort()
    await serving
  }
  return { end, [Symbol.asyncDispose]: end }
}

async function spend(ledger: Ledger, id: string) {
  const asked = { inputTokens: 0, maxOutputTokens: REQUEST_TOKENS, minOutputTokens: 1 }
  const { outcome } = await ledger.reserve(sampleRequest(id, "mine", sampleBudgets("mine"), asked))
  if (outcome === "reserved") await ledger.settle(id, sampleSettlement({ outputTokens: REQUEST_TOKENS }))
  return outcome
}

/** Until it is refused: how many, why, and the fastest. */
async function spendAll(ledger: Ledger) {
  const tookMs: number[] = []
  for (;;) {
    const startMs = performance.now()
    const outcome = await spend(ledger, Bun.randomUUIDv7()).catch((error: unknown) => {
      if (!(error instanceof LedgerUnavailable)) throw error
      return "ledger-unavailable" as const
    })
    if (outcome !== "reserved") {
      const refusal = outcome === "refused" ? "over-budget" : outcome
      return { spent: tookMs.length, refusal, fastestMs: Math.min(...tookMs) }
    }
    tookMs.push(performance.now() - startMs)
  }
}

async function chargedIn(ledger: Ledger): Promise<number> {
  const rows = await ledger.usage({ by: "run" })
  return rows.reduce((sum, { chargedTokens }) => sum + chargedTokens, 0)
}
