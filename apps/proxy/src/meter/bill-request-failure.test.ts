// A billed request that fails in our own hands after its reservation: nothing left, so nothing is charged.

import { expect, test } from "bun:test"
import { readRequestHead } from "@bot-bottle/wire"
import { createDlpRecord } from "../dlp/dlp-record.ts"
import { guardRoute } from "../dlp/outbound-guard.ts"
import { createEgressSwitch } from "../egress-switch.ts"
import { createPolicyInForce } from "../policy.ts"
import { bodyOf, HOST, METERED, messages, startBench } from "../testing/billed-proxy.ts"
import { createMeteredRequest, createTestPlace } from "../testing/test-place.ts"
import { NO_LEASE, policyOf, SLUG } from "../testing/test-proxy.ts"
import { createPool } from "../wire/exchange/pool.ts"
import { createBillRequest } from "./bill-request.ts"
import type { Bill } from "./billing.ts"
import { createResponseMemory } from "./known-responses.ts"
import { createLedgerOutage } from "./ledger-outage.ts"
import { createLedgerWrites } from "./ledger-writes.ts"
import { createRequestReader } from "./request-reader.ts"

test("INV-9: a request that cannot be clamped gives its reservation back", async () => {
  await using bench = await startBench()
  const closed: string[] = []
  const bill: Bill = {
    clampOutputTokens: 5,
    release: () => closed.push("released"),
    settleUnknown: () => closed.push("settled"),
    settleUnanswered: () => closed.push("settled"),
    settle: () => closed.push("settled"),
    watch: undefined,
  }
  const { carryOut } = createRequestReader()
  const policy = createPolicyInForce(policyOf([]))
  const writes = createLedgerWrites({ outage: createLedgerOutage(() => {}) })
  const billRequest = createBillRequest({
    budgets: () => bench.budgets,
    egress: createEgressSwitch(policy, NO_LEASE),
    billing: { reserve: async () => bill },
    reader: {
      carryOut(api, work) {
        if (work.kind === "clamp") throw new Error("out of memory")
        return carryOut(api, work)
      },
    },
    known: createResponseMemory(),
    writes,
    serverFetchLimits: (place) => ({ rule: "refuse", routes: [], place }),
  })
  const record = createDlpRecord({ slug: SLUG, ledger: bench.proxy.ledger, writes, nowMs: () => 0 })
  const guard = await guardRoute(METERED, {
    policy: policy.current,
    record,
    host: HOST,
    place: HOST,
    ask: () => undefined,
  })
  const raw = Buffer.from(messages({}))
  const head = readRequestHead(raw, 0, raw.indexOf("\r\n\r\n") + 2)
  if (head.kind === "refused") throw new Error(head.detail)
  const pool = createPool()
  const place = createTestPlace(HOST, { port: undefined, pool })
  const verdict = billRequest(createMeteredRequest(place, head, guard))
  if (verdict.kind !== "hold") throw new Error(verdict.kind)
  const agent = { isGone: false, watch: () => () => {} }
  const judging = verdict.judgeWhole({ outcome: "read", bytes: Buffer.from(bodyOf({})) }, agent)
  await expect(judging).rejects.toThrow("out of memory")
  expect(closed).toEqual(["released"])
  pool.close()
})
