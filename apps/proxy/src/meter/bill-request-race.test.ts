// A cut or a client that leaves while the ledger is still asked.

import { expect, test } from "bun:test"
import { waitFor, within } from "@bot-bottle/testkit"
import { describeCutoff } from "../describe-denial.ts"
import { createDlpRecord } from "../dlp/dlp-record.ts"
import { guardRoute } from "../dlp/outbound-guard.ts"
import { createEgressSwitch } from "../egress-switch.ts"
import { createPolicyInForce } from "../policy.ts"
import { bodyOf, HOST, METERED, startBench } from "../testing/billed-proxy.ts"
import { startRawServer } from "../testing/raw-server.ts"
import { createMeteredRequest, createTestPlace } from "../testing/test-place.ts"
import { NO_LEASE, policyOf, SLUG } from "../testing/test-proxy.ts"
import { Agent } from "../wire/agent/agent.ts"
import { refusalReply } from "../wire/answer/refusal.ts"
import { createHeldBytes } from "../wire/body/held-bytes.ts"
import { createPool } from "../wire/exchange/pool.ts"
import type { Site } from "../wire/passage.ts"
import { createBillRequest } from "./bill-request.ts"
import { createBilling } from "./billing.ts"
import { createFailureLimit } from "./failure-limit.ts"
import { createResponseMemory } from "./known-responses.ts"
import { createLedgerOutage } from "./ledger-outage.ts"
import { createLedgerWrites } from "./ledger-writes.ts"
import { createPricing } from "./pricing.ts"
import { createRequestReader } from "./request-reader.ts"
import { createTurnQueue } from "./turn-queue.ts"

test.each([
  ["the run is cut", "cut-off"],
  ["the client leaves", undefined],
] as const)(
  "INV-55: when %s while the ledger is asked, nothing leaves and nothing stays reserved",
  async (_what, reason) => {
    await using bench = await startBench({}, { limit: 10_000 })
    await using server = await startRawServer({ host: HOST })
    const { ledger } = bench.proxy
    const policy = createPolicyInForce(policyOf([]))
    const egress = createEgressSwitch(policy, NO_LEASE)
    const outage = createLedgerOutage(() => {})
    const writes = createLedgerWrites({ outage })
    const cut = describeCutoff(SLUG)
    const billing = createBilling({
      slug: SLUG,
      budgets: () => bench.budgets,
      ledger: {
        ...ledger,
        async reserve(request) {
          const reserved = await ledger.reserve(request)
          if (reason === undefined) agent.closed()
          else egress.cut({ metered: cut, others: cut })
          return reserved
        },
      },
      writes,
      enforcement: { settled: () => {}, refused: () => {}, streaming: () => {} },
      outage,
      failures: createFailureLimit({ nowMs: () => 0 }),
      isOrphaned: () => false,
      pricing: createPricing({ own: () => [], nowMs: Date.now }),
      turns: createTurnQueue({ isCut: () => false, beforeRetry: async () => {}, nowMs: Date.now }),
      cutDenial: () => undefined,
    })
    const serverFetchLimits = (place: string) => ({ rule: "refuse", routes: [], place }) as const
    const record = createDlpRecord({ slug: SLUG, ledger, writes, nowMs: () => 0 })
    const billRequest = createBillRequest({
      budgets: () => bench.budgets,
      egress,
      billing,
      reader: createRequestReader(),
      known: createResponseMemory(),
      writes,
      serverFetchLimits,
    })
    const guard = await guardRoute(METERED, {
      policy: policy.current,
      record,
      host: HOST,
      place: HOST,
      ask: () => undefined,
    })
    const pool = createPool()
    const place = createTestPlace(HOST, { port: server.port, pool, caPem: server.caPem })
    const answered = Promise.withResolvers<void>()
    const reasons: string[] = []
    const site: Site = {
      judge: (head) => billRequest(createMeteredRequest(place, head, guard)),
      describeMalformed: (detail) => ({ ...cut, message: detail }),
      refuse(denial, _log, status) {
        reasons.push(denial.reason)
        answered.resolve()
        return refusalReply(denial, undefined, status)
      },
    }
    const socket = {
      write: (bytes: Uint8Array) => bytes.length,
      end: () => {},
      terminate: () => {},
      pause: () => {},
      resume: () => {},
    }
    const agent = new Agent({
      socket,
      site,
      cutDenial: () => egress.cutState?.metered,
      onTunnel: () => {},
      reportFailure: (error) => answered.reject(error),
      firstHeadMs: 10_000,
      heldBytes: createHeldBytes(),
    })
    const body = bodyOf({})
    agent.receive(
      Buffer.from(
        `POST /v1/messages HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      ),
    )
    if (reason !== undefined) await within("the refusal of the request", answered.promise)
    await waitFor("the reservation to be released", async () => (await bench.governing())?.reservedTokens === 0)
    await writes.drain(1_000)
    pool.close()
    expect([server.connections, reasons]).toEqual([0, reason === undefined ? [] : [reason]])
    expect(await bench.governing()).toMatchObject({ usedTokens: 0, reservedTokens: 0 })
  },
)
