import { describe, expect, test } from "bun:test"
import type { Cursor, LedgerChange } from "../../roles/watching.ts"
import { sampleLimit, sampleRun } from "../samples.ts"
import type { OpenLedgerForTest } from "./ledger-under-test.ts"
import { openSetting, type Setting } from "./setting.ts"

const OPERATOR = { actor: "operator" }

export function describeWatching(open: OpenLedgerForTest): void {
  describe("watch()", () => {
    test("first comes everything that is live, then every change that another process makes", async () => {
      await using setting = await openSetting(open)
      const { ledger, slug } = setting
      await ledger.createRun(sampleRun("over", { status: "ended", endedAtMs: 5 }))
      await setting.spend("r0", { outputTokens: 3 })
      await setting.reserve("r1")
      await using watching = watch(setting)
      expect(await watching.next("snapshot")).toMatchObject({
        runs: [{ slug }],
        openRequests: [{ id: "r1", status: "reserved", reservedTokens: 30 }],
        pendingSteps: [],
        limits: [],
      })

      await setting.settle("r1", { outputTokens: 7 })
      expect(await watching.next("request")).toMatchObject({
        request: { id: "r1", slug, status: "settled", chargedTokens: 7 },
      })
      await setting.reserve("r2")
      expect(await watching.next("request")).toMatchObject({ request: { id: "r2", status: "reserved" } })
      await ledger.release("r2")
      expect(await watching.next("released")).toMatchObject({ requestId: "r2" })
      const id = await ledger.beginEnforcement({ slug, kind: "freeze", trigger: "operator", actor: "me" })
      expect(await watching.next("step")).toMatchObject({ step: { id, outcome: "pending" } })
      expect(await watching.next("audit")).toMatchObject({ row: { kind: "freeze-requested", actor: "me" } })
      await ledger.finishEnforcement(id, { outcome: "done" })
      expect(await watching.next("step")).toMatchObject({ step: { id, outcome: "done" } })
      await ledger.setBudget(sampleLimit(500), OPERATOR)
      expect(await watching.next("limits")).toMatchObject({ limits: [{ limitTokens: 500 }] })
      await setting.change({ status: "killed", endReason: "operator" })
      expect(await watching.next("run")).toMatchObject({ run: { slug, status: "killed", endReason: "operator" } })
      await ledger.createRun(sampleRun("another"))
      expect(await watching.next("run")).toMatchObject({ run: { slug: "another", status: "running" } })
    })

    test("nothing new is a tick, at least every second", async () => {
      await using setting = await openSetting(open)
      await using watching = watch(setting)
      const startMs = performance.now()
      await watching.next("tick")
      await watching.next("tick")
      expect(performance.now() - startMs).toBeLessThan(4000)
    })

    test("from a cursor on, what happened meanwhile follows the snapshot: also the end of what was open", async () => {
      await using setting = await openSetting(open)
      await setting.reserve("open-then")
      let cursor: Cursor | undefined
      {
        await using watching = watch(setting)
        cursor = (await watching.next("snapshot")).cursor
      }
      await setting.settle("open-then", { outputTokens: 1 })
      await setting.spend("came-and-went", { outputTokens: 2 })
      await setting.ledger.appendAudit({ slug: "", kind: "test", actor: "a", detail: {} })
      await using watching = watch(setting, cursor)
      await watching.next("snapshot")
      const requests = [await watching.next("request"), await watching.next("request")]
      expect(requests.map((change) => change.request.id).sort()).toEqual(["came-and-went", "open-then"])
      expect(await watching.next("audit")).toMatchObject({ row: { kind: "test" } })
    })

    test("it ends when its signal aborts", async () => {
      await using setting = await openSetting(open)
      const abort = new AbortController()
      const kinds: string[] = []
      for await (const change of setting.ledger.watch({ signal: abort.signal })) {
        kinds.push(change.kind)
        abort.abort()
      }
      expect(kinds).toEqual(["snapshot"])
    })
  })
}

/** Watches through a handle of its own, as a screen's process does. `next` skips other kinds. */
function watch(setting: Setting, from?: Cursor) {
  const abort = new AbortController()
  const opening = Promise.resolve(setting.openAnother()).then((ledger) =>
    ledger.watch({ signal: abort.signal, ...(from === undefined ? {} : { from }) })[Symbol.asyncIterator](),
  )
  return {
    async next<K extends LedgerChange["kind"]>(kind: K): Promise<Extract<LedgerChange, { kind: K }>> {
      const changes = await opening
      for (;;) {
        const { done, value } = await changes.next()
        if (done === true) throw new Error(`The watch ended before a ${kind}`)
        if (value.kind === kind) return value as Extract<LedgerChange, { kind: K }>
      }
    },
    async [Symbol.asyncDispose]() {
      abort.abort()
      await (await opening).return?.()
    },
  }
}
