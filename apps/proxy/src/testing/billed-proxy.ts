// A test proxy with one metered route, and a stand-in for its provider.

import { type Gate, HOST_SCOPE, type RunBudgets, Secret, type ShutdownPolicy } from "@bot-bottle/contracts"
import type { GoverningBudget } from "@bot-bottle/ledger"
import { type StandIn, type StandInOptions, startStandIn } from "@bot-bottle/stand-in"
import { waitFor } from "@bot-bottle/testkit"
import { openTls, type RawConnection } from "./raw-connection.ts"
import { startRawServer } from "./raw-server.ts"
import { route, SLUG, startTestProxy, type TestProxy, type TestProxyOptions } from "./test-proxy.ts"

export const HOST = "api.anthropic.com"

export const RUN_SCOPE = { kind: "run", key: SLUG } as const

export const METERED = route(HOST, {
  injection: { header: "x-api-key", template: "{secret}" },
  metering: { provider: "claude", api: "anthropic-messages" },
  secret: new Secret("sk-real"),
})

export const USAGE = { inputTokens: 25, cacheReadTokens: 10, cacheWriteTokens: 5, outputTokens: 40, reasoningTokens: 0 }

export interface Ask {
  readonly stream?: boolean
  readonly maxTokens?: number
  readonly prompt?: string
  readonly headers?: string
  readonly path?: string
}

export function bodyOf({ stream = false, maxTokens = 100, prompt = "hi" }: Ask): string {
  return JSON.stringify({
    model: "claude-x",
    max_tokens: maxTokens,
    stream,
    messages: [{ role: "user", content: prompt }],
  })
}

export function messages(ask: Ask): string {
  return post(ask.path ?? "/v1/messages", bodyOf(ask), ask.headers)
}

export function post(path: string, body: string, headers = ""): string {
  return `POST ${path} HTTP/1.1\r\nHost: ${HOST}\r\n${headers}content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

export interface Bench extends AsyncDisposable {
  readonly provider: StandIn
  readonly proxy: TestProxy
  readonly budgets: RunBudgets
  governing(): Promise<GoverningBudget | undefined>
  open(): Promise<RawConnection>
  ask(ask: Ask): ReturnType<typeof readAnswer>
  raw(text: string): Promise<Awaited<ReturnType<RawConnection["readResponse"]>>>
  /** Resolves when that many requests are settled and nothing is reserved. */
  settled(requests: number): Promise<void>
  usage(): Promise<
    { requests: number; refused: number; estimated: number; usage: typeof USAGE; charged: number } | undefined
  >
}

export async function startBench(
  standIn: Partial<StandInOptions> = {},
  {
    limit,
    gate = "reserve",
    policy = "cutoff",
    address,
    ...options
  }: TestProxyOptions & { limit?: number; gate?: Gate; policy?: ShutdownPolicy; address?: string } = {},
): Promise<Bench> {
  const provider = await startStandIn({ hosts: [HOST], reply: () => ({ text: "Hello", usage: USAGE }), ...standIn })
  const declared =
    limit === undefined
      ? []
      : [{ scope: RUN_SCOPE, provider: "claude", limitTokens: limit, window: "total", source: "flag" } as const]
  const budgets: RunBudgets = {
    chain: [RUN_SCOPE, HOST_SCOPE],
    declared,
    ceilings: [],
    gate,
    cacheReadWeight: 0.1,
    policy,
  }
  const proxy = await startTestProxy({
    routes: [METERED],
    resolve: { [HOST]: address ?? provider.address },
    upstreamCa: provider.caPem,
    budgets,
    ...options,
  })
  const open = () => openTls(proxy.frontPath, proxy.ca, `${HOST}:443`)
  const usage = async () => {
    const [row] = await proxy.ledger.usage({ by: "run" })
    if (row === undefined) return undefined
    const {
      requests,
      refusedRequests: refused,
      estimatedRequests: estimated,
      usage: used,
      chargedTokens: charged,
    } = row
    return { requests, refused, estimated, usage: used, charged }
  }
  return {
    provider,
    proxy,
    budgets,
    governing: () => proxy.ledger.governingBudget(budgets, "claude"),
    open,
    usage,
    ask: async (ask) => readAnswer(await open(), messages(ask)),
    raw: async (text) => {
      const connection = await open()
      connection.send(text)
      return connection.readResponse()
    },
    async settled(requests) {
      let seen = ""
      await waitFor(
        `${requests} settled requests and no open stream`,
        async () => {
          const [settled, { openStreams }] = [(await usage())?.requests ?? 0, await proxy.control("GET", "/status")]
          seen = `there are ${settled}, and ${openStreams} open streams`
          return settled >= requests && openStreams === 0
        },
        { describe: () => seen },
      )
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await provider[Symbol.asyncDispose]()
    },
  }
}

export interface OpenStream extends AsyncDisposable {
  readonly bench: Bench
  /** The agent, which has read the head and the first event. */
  readonly connection: RawConnection
  /** The provider sends the rest. */
  finish(): void
}

/** A stream whose provider has sent three events and waits. */
export async function startOpenStream(options?: Parameters<typeof startBench>[1]): Promise<OpenStream> {
  const gate = Promise.withResolvers<void>()
  const beforeEvent = (index: number) => (index < 3 ? undefined : gate.promise)
  const bench = await startBench({ reply: () => ({ text: "one two three", usage: USAGE, beforeEvent }) }, options)
  const connection = await bench.open()
  connection.send(messages({ stream: true }))
  await connection.readHead()
  await connection.readChunk()
  return { bench, connection, finish: gate.resolve, [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose]() }
}

/** A request that its provider has and does not answer. */
export async function startUnanswered(ask: Ask): Promise<Omit<OpenStream, "finish">> {
  const asked = Promise.withResolvers<void>()
  const never = Promise.withResolvers<never>()
  const bench = await startBench({
    reply: () => {
      asked.resolve()
      return never.promise
    },
  })
  const connection = await bench.open()
  connection.send(messages(ask))
  await asked.promise
  return { bench, connection, [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose]() }
}

export interface RawExchange extends AsyncDisposable {
  readonly proxy: TestProxy
  readonly agent: RawConnection
  /** The provider's end, which has read the request's head. */
  readonly far: RawConnection
}

/** One request that its provider has, and answers as the test says. */
export async function askRawProvider(request: string, options: TestProxyOptions = {}): Promise<RawExchange> {
  const server = await startRawServer({ host: HOST })
  const proxy = await startTestProxy({
    routes: [METERED],
    resolve: { [HOST]: server.address },
    upstreamCa: server.caPem,
    ...options,
  })
  const agent = await proxy.open(`${HOST}:443`)
  agent.send(request)
  const far = await server.accepted()
  await far.readHead()
  return {
    proxy,
    agent,
    far,
    async [Symbol.asyncDispose]() {
      agent[Symbol.dispose]()
      await proxy[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

export async function readAnswer(connection: RawConnection, request: string) {
  connection.send(request)
  const response = await connection.readResponse()
  if (response === undefined) throw new Error("no answer")
  return response
}
