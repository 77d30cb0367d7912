// A proxy whose operator is asked, its far end, and the operator: questions are read from the ledger
// and answered there, as the command does.

import { expect } from "bun:test"
import type { Proposal } from "@bot-bottle/contracts"
import { openLedger } from "@bot-bottle/ledger"
import type { AnswerWish } from "@bot-bottle/supervise"
import { waitFor } from "@bot-bottle/testkit"
import { connectRaw } from "./raw-connection.ts"
import { SLUG, startTestProxy, type TestProxyOptions } from "./test-proxy.ts"
import { startUpstream } from "./upstream.ts"

/** The host that no route lists. */
export const NEW = "new.example.com"
export const ASK = { onUnlisted: "ask", onMatch: "refuse", askTimeoutMs: 20_000 } as const

export async function openAskWorld(
  scheme: "http" | "https",
  supervise: Partial<TestProxyOptions["supervise"] & object> = {},
  more: TestProxyOptions = {},
  answer: (request: Request) => Response | Promise<Response> = () => new Response("hello"),
) {
  const upstream = startUpstream({ host: NEW, scheme, answer })
  const resolve = { [NEW]: upstream.address }
  const options = { resolve, upstreamCa: upstream.caPem, supervise: { ...ASK, ...supervise }, ...more }
  const proxy = await startTestProxy(options)
  const questions = () => proxy.ledger.proposalsOf(SLUG)
  const write = async (question: Proposal, wish: AnswerWish, nowMs: number) => {
    const ledger = await openLedger(proxy.ledgerPath, { nowMs: () => nowMs })
    const answer = { proposalId: question.id, ...wish, reason: "", actor: "op", channel: "command" } as const
    return ledger.answerProposal(answer).finally(() => ledger.close())
  }
  return {
    proxy,
    upstream,
    resolve,
    questions,
    write,
    /** The first that is pending. */
    async question(): Promise<Proposal> {
      await waitFor("a question", async () => (await questions()).length > 0)
      const [first] = await questions()
      if (first === undefined) throw new Error("no question")
      return first
    },
    async answer(question: Proposal, wish: AnswerWish, nowMs = Date.now()) {
      expect((await write(question, wish, nowMs)).outcome).toBe("answered")
      await proxy.control("POST", "/answers")
    },
    held: async () => (await proxy.control("GET", "/status")).held,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
    },
  }
}

export async function askPlain(front: string, url: string) {
  using raw = await connectRaw(front)
  raw.send(`GET ${url} HTTP/1.1\r\nHost: ${new URL(url).host}\r\n\r\n`)
  return shownAnswer(await raw.readResponse())
}

export function shownAnswer(
  response: { readonly status: number; readonly headers: Readonly<Record<string, string>> } | undefined,
) {
  if (response === undefined) throw new Error("the proxy closed the connection without an answer")
  return { status: response.status, reason: response.headers["x-bot-bottle-reason"] }
}
