import { Database } from "bun:sqlite"
import { expect, test } from "bun:test"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { readJson, type Shaped } from "@bot-bottle/testkit"
import { sampleBudgets, sampleLimit } from "../testing/index.ts"
import { openLedger } from "./open-sqlite.ts"

const FIXTURE = join(import.meta.dir, "testing/spending-fixture.ts")
const PACED_FIXTURE = join(import.meta.dir, "testing/paced-fixture.ts")

test("INV-5: eight processes, opening a new ledger at once, spend a budget of 300 to the last token and no further", async () => {
  await using temp = tempPath()
  const spenders = Array.from({ length: 8 }, (_, index) =>
    spender({ ...temp, slug: `run-${index}`, limit: 300, requests: 60, inFlight: 3 }),
  )
  const ends = await Promise.all(spenders.map(endOf))
  expect(ends.map(({ exitCode, stderr }) => ({ exitCode, stderr }))).toEqual(
    ends.map(() => ({ exitCode: 0, stderr: "" })),
  )

  const ledger = await openLedger(temp.path)
  const [host] = await ledger.measureLimits([sampleLimit(300)])
  const rows = await ledger.usage({ by: "run" })
  await ledger.close()
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)
  const charged = sum(ends.map((end) => end.last.charged ?? 0))
  expect(host).toMatchObject({ usedTokens: charged, reservedTokens: 0 })
  expect(sum(rows.map((row) => row.chargedTokens))).toBe(charged)
  expect(sum(rows.map((row) => row.refusedRequests))).toBe(sum(ends.map((end) => end.last.refused ?? 0)))
  expect(sum(rows.map((row) => row.requests + row.refusedRequests))).toBe(8 * 60)
  expect(charged).toBeLessThanOrEqual(300)
  // 480 requests of one to five tokens want more than 300; one token is too few for another.
  expect(charged).toBeGreaterThanOrEqual(299)
})

test("INV-5: four processes with 'parallel: 2' over the host never have more than two requests open together", async () => {
  await using temp = tempPath()
  const log = `${temp.path}.log`
  writeFileSync(log, "")
  const processes = Array.from({ length: 4 }, (_, index) =>
    Bun.spawn([process.execPath, PACED_FIXTURE, temp.path, `run-${index}`, "2", "15", log], {
      stdout: "ignore",
      stderr: "pipe",
    }),
  )
  const ends = await Promise.all(
    processes.map(async (one) => [await one.exited, await new Response(one.stderr).text()]),
  )
  expect(ends).toEqual(ends.map(() => [0, ""]))
  const marks = [...readFileSync(log, "utf8")]
  let open = 0
  const counts = marks.map((mark) => (open += mark === "+" ? 1 : -1))
  expect(marks.length).toBe(2 * 4 * 15)
  expect(Math.max(...counts)).toBe(2)
}, 60_000)

test.each([1, 2, 9, 40, 41, 150])(
  "INV-9: a writer killed after %d settlements loses none, and what it left open is charged",
  async (settlements) => {
    await using temp = tempPath()
    const slug = "killed"
    const writer = spender({ ...temp, slug, limit: 1_000_000, requests: 1_000_000, inFlight: 7 })
    const acknowledged = await killAfter(writer, settlements)

    const ledger = await openLedger(temp.path)
    const [before] = await ledger.measureLimits([sampleLimit(1)])
    const open = before?.reservedTokens ?? 0
    expect(await ledger.sweep({ host: ledger.host, isAlive: () => false })).toEqual([slug])
    const governing = await ledger.governingBudget(
      sampleBudgets(slug, { declared: [sampleLimit(1_000_000)] }),
      "claude",
    )
    const [row] = await ledger.usage({ by: "run" })
    expect(await ledger.findRun(slug)).toMatchObject({ status: "ended", endReason: "crashed" })
    expect(governing).toMatchObject({ usedTokens: (before?.usedTokens ?? 0) + open, reservedTokens: 0 })
    expect(row?.chargedTokens).toBe(governing?.usedTokens ?? -1)
    expect(row?.requests).toBeGreaterThanOrEqual(acknowledged.length)
    const answers = await Promise.all(
      acknowledged.map(({ id }) => ledger.settle(id, { how: "failed", estimated: false, usage: NOTHING })),
    )
    expect(answers.map(({ settled, chargedTokens }) => ({ settled, chargedTokens }))).toEqual(
      acknowledged.map(({ chargedTokens }) => ({ settled: false, chargedTokens })),
    )
    expect(await ledger.verifyAudit()).toMatchObject({ outcome: "intact" })
    await ledger.close()

    const db = new Database(temp.path)
    expect(db.query("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }])
    expect(db.query("PRAGMA foreign_key_check").all()).toEqual([])
    db.close()
  },
)

const NOTHING = { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0, reasoningTokens: 0 }

const LINE = { id: "string", chargedTokens: "number" } as const
const LAST = { charged: "number?", refused: "number?" } as const
type Line = Shaped<typeof LINE>

interface SpenderOptions {
  readonly path: string
  readonly slug: string
  readonly limit: number
  readonly requests: number
  readonly inFlight: number
}

function spender({ path, slug, limit, requests, inFlight }: SpenderOptions) {
  const argv = [process.execPath, FIXTURE, path, slug, limit, requests, inFlight].map(String)
  return Bun.spawn(argv, { stdout: "pipe", stderr: "pipe" })
}

async function endOf(spending: ReturnType<typeof spender>) {
  const [stdout, stderr] = await Promise.all([
    new Response(spending.stdout).text(),
    new Response(spending.stderr).text(),
  ])
  const last = readJson(stdout.trim().split("\n").at(-1) ?? "", LAST)
  return { exitCode: await spending.exited, stderr, last }
}

/** The requests that it had reported as settled before it died. */
async function killAfter(spending: ReturnType<typeof spender>, settlements: number): Promise<readonly Line[]> {
  const decoder = new TextDecoder()
  let text = ""
  for await (const chunk of spending.stdout) {
    text += decoder.decode(chunk, { stream: true })
    if (text.split("\n").length > settlements) spending.kill("SIGKILL")
  }
  await spending.exited
  // The last line may be torn.
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => readJson(line, LINE))
}

function tempPath(): AsyncDisposable & { readonly path: string } {
  const folder = mkdtempSync(join(tmpdir(), "bot-bottle-processes-"))
  return {
    path: join(folder, "bot-bottle.db"),
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
