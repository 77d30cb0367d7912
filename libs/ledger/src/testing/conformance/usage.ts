import { describe, expect, test } from "bun:test"
import { NO_USAGE } from "@bot-bottle/contracts"
import type { UsageKey, UsageRow } from "../../roles/metering.ts"
import { sampleBudgets, sampleLimit, sampleRequest, sampleRun, sampleSettlement } from "../samples.ts"
import type { OpenLedgerForTest } from "./ledger-under-test.ts"
import { openSetting, type Setting } from "./setting.ts"

export function describeUsage(open: OpenLedgerForTest): void {
  describe("usage()", () => {
    test.each([
      [
        "run",
        { "impl-abc12": "2 requests 0 refused 1 estimated 33", "rev-xyz99": "1 requests 1 refused 0 estimated 400" },
      ],
      [
        "agent",
        { implementer: "2 requests 0 refused 1 estimated 33", reviewer: "1 requests 1 refused 0 estimated 400" },
      ],
      ["bottle", { "claude-dev": "3 requests 1 refused 1 estimated 433", git: "1 requests 1 refused 0 estimated 400" }],
      ["provider", { claude: "2 requests 0 refused 1 estimated 33", codex: "1 requests 1 refused 0 estimated 400" }],
      [
        "model",
        {
          opus: "1 requests 0 refused 0 estimated 11",
          "opus-5": "1 requests 0 refused 1 estimated 22",
          gpt: "1 requests 1 refused 0 estimated 400",
        },
      ],
      [
        "day",
        { "2026-06-15": "1 requests 0 refused 0 estimated 11", "2026-06-16": "2 requests 1 refused 1 estimated 422" },
      ],
    ] as const)("by %s", async (by, expected) => {
      await using setting = await openBusySetting(open)
      expect(summary(await setting.ledger.usage({ by }))).toEqual(expected as never)
    })

    test("of one run only, by every key", async () => {
      await using setting = await openBusySetting(open)
      const of = async (by: UsageKey) => summary(await setting.ledger.usage({ by, slug: setting.slug }))
      expect(await of("run")).toEqual({ "impl-abc12": "2 requests 0 refused 1 estimated 33" } as never)
      expect(await of("provider")).toEqual({ claude: "2 requests 0 refused 1 estimated 33" } as never)
      expect(await setting.ledger.usage({ by: "run", slug: "nobody-00000" })).toEqual([])
    })

    test("days are in order, everything else by what was charged", async () => {
      await using setting = await openBusySetting(open)
      const keys = async (by: UsageKey) => (await setting.ledger.usage({ by })).map((row) => row.key)
      expect(await keys("day")).toEqual(["2026-06-15", "2026-06-16"])
      expect(await keys("model")).toEqual(["gpt", "opus-5", "opus"])
    })

    test("all five counts are summed", async () => {
      await using setting = await openSetting(open)
      const usage = {
        inputTokens: 1,
        cacheReadTokens: 20,
        cacheWriteTokens: 300,
        outputTokens: 4000,
        reasoningTokens: 500,
      }
      await setting.spend("r1", usage)
      await setting.spend("r2", usage)
      expect(await setting.ledger.usage({ by: "provider" })).toEqual([
        {
          key: "claude",
          requests: 2,
          refusedRequests: 0,
          estimatedRequests: 0,
          usage: {
            inputTokens: 2,
            cacheReadTokens: 40,
            cacheWriteTokens: 600,
            outputTokens: 8000,
            reasoningTokens: 1000,
          },
          chargedTokens: 8606,
          costMicroUsd: 0,
          unpricedRequests: 2,
        },
      ])
    })

    test("what requests cost is summed exactly, by every key, and the ones without a price are counted", async () => {
      await using setting = await openSetting(open)
      const usage = { inputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 1, reasoningTokens: 0 }
      for (const [id, costMicroUsd] of [
        ["r1", 1_234_567],
        ["r2", 0],
        ["r3", undefined],
      ] as const) {
        await setting.reserve(id)
        const cost = costMicroUsd === undefined ? {} : { costMicroUsd }
        await setting.ledger.settle(id, { how: "settled", usage, estimated: false, ...cost })
      }
      for (const by of ["run", "provider", "model", "day", "agent"] as const)
        expect((await setting.ledger.usage({ by }))[0]).toMatchObject({ costMicroUsd: 1_234_567, unpricedRequests: 1 })
      // Inside a quarter of an hour requests are read one by one.
      const since = await setting.ledger.usage({ by: "run", sinceMs: setting.clock.nowMs - 1 })
      expect(since[0]).toMatchObject({ costMicroUsd: 1_234_567, unpricedRequests: 1 })
      const rows = await setting.ledger.listRequests({ limit: 10 })
      expect(rows.map(({ id, costMicroUsd }) => [id, costMicroUsd])).toEqual([
        ["r3", undefined],
        ["r2", 0],
        ["r1", 1_234_567],
      ])
    })

    test.each([
      ["2026-06-15T23:06:00Z", "3 requests"],
      ["2026-06-15T23:06:00.001Z", "2 requests"],
      ["2026-06-16T00:00:00Z", "2 requests"],
      ["2026-06-16T00:20:00Z", "2 requests"],
      ["2026-06-16T00:20:01Z", "1 requests"],
      ["2026-06-16T00:30:00Z", "1 requests"],
      ["2026-06-16T00:40:01Z", ""],
    ])("since %s there are %p", async (since, expected) => {
      await using setting = await openBusySetting(open)
      const rows = await setting.ledger.usage({ by: "bottle", sinceMs: Date.parse(since) })
      expect(
        rows.filter((row) => row.key === "claude-dev" && row.requests > 0).map((row) => `${row.requests} requests`),
      ).toEqual(expected ? [expected] : [])
    })

    test("a day is a day of the local calendar", async () => {
      await using setting = await openSetting(open, { timeZone: "Asia/Kathmandu", now: "2026-06-15T18:14:00Z" })
      await setting.spend("r1", { outputTokens: 1 })
      setting.clock.nowMs = Date.parse("2026-06-15T18:15:00Z")
      await setting.spend("r2", { outputTokens: 1 })
      expect((await setting.ledger.usage({ by: "day" })).map((row) => [row.key, row.requests])).toEqual([
        ["2026-06-15", 1],
        ["2026-06-16", 1],
      ])
    })

    test("by a tag: its values, and the runs without it under no name; of one run, and since a time", async () => {
      await using setting = await openBusySetting(open)
      const { ledger } = setting
      const by = "tag:issue"
      expect(summary(await ledger.usage({ by }))).toEqual({ "": "3 requests 1 refused 1 estimated 433" })
      await ledger.tagRun(setting.slug, { issue: "octo/shop#7", team: "search" })
      expect(summary(await ledger.usage({ by }))).toEqual({
        "": "1 requests 1 refused 0 estimated 400",
        "octo/shop#7": "2 requests 0 refused 1 estimated 33",
      })
      await ledger.tagRun("rev-xyz99", { issue: "octo/shop#7" })
      const all = { "octo/shop#7": "3 requests 1 refused 1 estimated 433" }
      expect(summary(await ledger.usage({ by }))).toEqual(all)
      const sinceMs = Date.parse("2026-06-16T00:30:00Z")
      expect(summary(await ledger.usage({ by, sinceMs }))).toEqual({
        "octo/shop#7": "1 requests 1 refused 0 estimated 400",
      })
      expect(summary(await ledger.usage({ by: "tag:team", slug: setting.slug }))).toEqual({
        search: "2 requests 0 refused 1 estimated 33",
      })
      expect(summary(await ledger.usage({ by: "tag:x' OR 1=1 --" }))).toEqual({ "": all["octo/shop#7"] })
    })

    test("by session: what each of a client's conversations used, and which one started it", async () => {
      await using setting = await openSetting(open)
      const { ledger, slug, clock } = setting
      const spend = async (id: string, outputTokens: number, session?: { id: string; parent?: string }) => {
        await setting.reserve(id, { session })
        await setting.settle(id, { outputTokens }, { costMicroUsd: outputTokens * 10 })
      }
      await spend("r1", 5, { id: "main" })
      await spend("r2", 7, { id: "main/a", parent: "main" })
      clock.nowMs += 60_000
      await spend("r3", 100, { id: "main/a", parent: "main" })
      await spend("r4", 1)
      await setting.reserve("open", { session: { id: "main" } })
      const told = (rows: readonly UsageRow[]) =>
        rows.map(({ key, session, requests, chargedTokens, costMicroUsd }) => [
          key,
          session,
          requests,
          chargedTokens,
          costMicroUsd,
        ])
      expect<unknown>(told(await ledger.usage({ by: "session" }))).toEqual([
        ["main/a", { parent: "main", run: slug }, 2, 107, 1_070],
        ["main", { parent: undefined, run: slug }, 1, 5, 50],
        ["", { parent: undefined, run: slug }, 1, 1, 10],
      ])
      expect<unknown>(told(await ledger.usage({ by: "session", sinceMs: clock.nowMs, slug }))).toEqual([
        ["main/a", { parent: "main", run: slug }, 1, 100, 1_000],
        ["", { parent: undefined, run: slug }, 1, 1, 10],
      ])
      expect(await ledger.usage({ by: "session", slug: "other" })).toEqual([])
    })

    test("open requests are not counted; failed and cut-short ones are", async () => {
      await using setting = await openSetting(open)
      for (const id of ["r1", "r2", "r3"]) await setting.reserve(id)
      await setting.settle("r1", {}, { how: "failed", upstreamStatus: 500 })
      await setting.settle("r2", { outputTokens: 3 }, { how: "cut-short", estimated: true })
      expect(summary(await setting.ledger.usage({ by: "run" }))).toEqual({
        [setting.slug]: "2 requests 0 refused 1 estimated 3",
      })
    })
  })
}

/** Two runs, two providers, two days, one refusal. */
async function openBusySetting(open: OpenLedgerForTest): Promise<Setting> {
  const setting = await openSetting(open, { now: "2026-06-15T23:06:00Z" })
  const { ledger, clock } = setting
  await setting.spend("r1", { outputTokens: 11 })
  clock.nowMs = Date.parse("2026-06-16T00:20:00Z")
  await setting.reserve("r2")
  await setting.settle("r2", { outputTokens: 22 }, { estimated: true, model: "opus-5" })
  clock.nowMs = Date.parse("2026-06-16T00:40:00Z")
  await ledger.createRun(
    sampleRun("rev-xyz99", { agent: "reviewer", bottles: ["claude-dev", "git"], meters: ["codex"] }),
  )
  const declared = [sampleLimit(400, { provider: "codex" })]
  const budgets = sampleBudgets("rev-xyz99", { declared })
  const codex = { provider: "codex", model: "gpt" }
  await ledger.reserve(sampleRequest("c1", "rev-xyz99", budgets, codex))
  await ledger.settle("c1", sampleSettlement({ ...NO_USAGE, inputTokens: 400 }))
  await ledger.reserve(sampleRequest("c2", "rev-xyz99", budgets, codex))
  return setting
}

function summary(rows: readonly UsageRow[]): Record<string, string> {
  return Object.fromEntries(
    rows.map((row) => [
      row.key,
      `${row.requests} requests ${row.refusedRequests} refused ${row.estimatedRequests} estimated ${row.chargedTokens}`,
    ]),
  )
}
