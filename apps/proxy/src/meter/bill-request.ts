// Decides about one request to a metered host: reserves before it leaves, and has its answer
// tapped.
//
//   INV-5   No billed request leaves without a reservation.

import type { Denial, RunBudgets } from "@bot-bottle/contracts"
import { isPlainPath, type ModelApi, type ModelRequest, readClientSession } from "@bot-bottle/model-apis"
import { writeHead } from "@bot-bottle/wire"
import { describeDenial, describeUnmetered } from "../describe-denial.ts"
import type { EgressSwitch } from "../egress-switch.ts"
import { loadProviderHost } from "../metered-hosts.ts"
import type { AgentLink, HeldBody, Verdict } from "../wire/passage.ts"
import type { Bill, Billing, BillingClient } from "./billing.ts"
import { decodeBody, MAX_BILLED_BODY } from "./decode-body.ts"
import { countExactly } from "./exact-count.ts"
import type { ResponseMemory } from "./known-responses.ts"
import type { LedgerWrites } from "./ledger-writes.ts"
import { type LimitedRequest, limitServerFetches, type ServerFetchLimits } from "./limit-server-fetches.ts"
import { MeteredAnswer } from "./metered-answer.ts"
import type { MeteredRequest } from "./metered-request.ts"
import type { RequestReader } from "./request-reader.ts"

export type BillRequest = (asked: MeteredRequest) => Verdict

export interface BillRequestOptions {
  readonly budgets: () => RunBudgets
  readonly egress: EgressSwitch
  readonly billing: Billing
  readonly reader: Pick<RequestReader, "carryOut">
  readonly known: ResponseMemory
  readonly writes: Pick<LedgerWrites, "expect">
  readonly serverFetchLimits: (place: string) => ServerFetchLimits
}

export function createBillRequest(options: BillRequestOptions): BillRequest {
  const { budgets, egress, billing, reader, known, writes, serverFetchLimits } = options
  const { carryOut } = reader

  async function judgeWhole(asked: MeteredRequest, api: ModelApi, held: HeldBody, agent: AgentLink): Promise<Verdict> {
    const judged = await prepare(asked, api, held, agent)
    return "reason" in judged ? { kind: "refuse", denial: judged, log: asked.log } : judged
  }

  async function prepare(
    asked: MeteredRequest,
    api: ModelApi,
    held: HeldBody,
    agent: AgentLink,
  ): Promise<Verdict | Denial> {
    const { route, head, guard } = asked
    const place = asked.place.name
    if (held.outcome === "too-large") return describeDenial("body-too-large", place)
    const body = await decodeBody(held.bytes, head.contentEncoding ?? "")
    if (body.outcome === "too-large") return describeDenial("body-too-large", place)
    if (body.outcome === "unreadable") return describeDenial("foreign-protocol", place)
    const found = await guard.passWhole(body.bytes, agent)
    if (found !== undefined) return found
    const estimated = await carryOut(api, { kind: "read", body: body.bytes, known: known.all })
    if (estimated === undefined) return describeDenial("foreign-protocol", place)
    const request = { model: estimated, body: body.bytes }
    const limited = await limitServerFetches(api, request, serverFetchLimits(place), { carryOut, known: known.all })
    if ("reason" in limited) return limited
    const model = await count(asked, api, limited, agent)
    if (route.metering === undefined) throw new Error(`Route ${route.host} is not metered`)
    const bill = await billing.reserve(route.metering.provider, model, place, clientOf(agent, asked.lines))
    if ("reason" in bill) return bill
    const bytes = await clamp(api, limited.body, bill)
    if (bytes === undefined) {
      bill.release()
      return describeDenial("foreign-protocol", place)
    }
    return {
      kind: "forward",
      log: asked.log,
      outbound: {
        place: asked.place,
        method: head.method,
        head: writeHead(`${head.method} ${asked.target} HTTP/1.1`, billedLines(asked.lines, bytes.length)),
        body: { kind: "held", bytes },
        mayUpgrade: false,
        isBilled: true,
        staysOnHost: false,
        watcher: new MeteredAnswer({
          asked: { place, secret: route.secret, recordAnswer: asked.recordAnswer },
          api,
          model,
          bill,
          egress,
          known,
          writes,
        }),
      },
    }
  }

  async function clamp(api: ModelApi, body: Uint8Array, bill: Bill): Promise<Uint8Array | undefined> {
    const { clampOutputTokens: maxOutputTokens } = bill
    if (maxOutputTokens === undefined) return body
    try {
      return await carryOut(api, { kind: "clamp", body, maxOutputTokens })
    } catch (error) {
      // Our own failure: nothing left, so nothing is charged.
      bill.release()
      throw error
    }
  }

  async function count(
    asked: MeteredRequest,
    api: ModelApi,
    limited: LimitedRequest,
    agent: AgentLink,
  ): Promise<ModelRequest> {
    const { counting } = api
    const { gate, gateExact } = budgets()
    if (counting === undefined || gateExact !== true || gate !== "reserve") return limited.model
    const request = (target: string, body: Uint8Array) => carryOut(api, { kind: "ask-count", target, body })
    const lines = (length: number) => billedLines(asked.lines, length)
    return countExactly({ ...asked, lines, agent }, limited.body, limited.model, {
      counting: { ...counting, request },
      egress,
    })
  }

  return (asked) => {
    const { route, head, path, log } = asked
    const place = asked.place.name
    const refuse = (denial: Denial): Verdict => ({ kind: "refuse", denial, log })
    if (route.metering === undefined) throw new Error(`Route ${route.host} is not metered`)
    if (!isPlainPath(path)) return refuse(describeDenial("method-or-path-not-allowed", place))
    const call = loadProviderHost(route.metering.api).decideCall(head.method, path)
    if (call.kind === "refused") return refuse(describeUnmetered(place, call.what))
    if (call.kind === "free") return asked.forwardFree()
    if (head.framing.kind === "length" && head.framing.bytes > MAX_BILLED_BODY)
      return refuse(describeDenial("body-too-large", place))
    return {
      kind: "hold",
      maxBytes: MAX_BILLED_BODY,
      judgeWhole: (held, agent) => judgeWhole(asked, call.api, held, agent),
      log,
    }
  }
}

function clientOf(agent: AgentLink, lines: readonly string[]): BillingClient {
  return {
    get isGone() {
      return agent.isGone
    },
    watch: (leave) => agent.watch(leave),
    session: readClientSession(lines),
  }
}

/** The body leaves as it was read: plain, and whole. A stream can be ended with words only when it is not packed. */
export function billedLines(lines: readonly string[], length: number): readonly string[] {
  return [...lines.filter((line) => !REWRITTEN.test(line)), "Accept-Encoding: identity", `Content-Length: ${length}`]
}

const REWRITTEN = /^(?:accept-encoding|content-encoding|content-length|transfer-encoding|expect):/i
