// One provider, one ledger and proxies as processes of their own, as a launcher starts them.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { HOST_SCOPE, type ProcessIdentity, type ProxyConfig, Secret } from "@bot-bottle/contracts"
import {
  createRunFolders,
  openTls,
  type ProxyProcess,
  type RawConnection,
  type RunFolders,
  route,
  SLUG,
  startProxyProcess,
  testConfig,
} from "@bot-bottle/proxy/testing"
import { type StandIn, type StandInOptions, startStandIn } from "@bot-bottle/stand-in"

export const HOST = "api.anthropic.com"
export const REAL_KEY = "sk-ant-real-0123456789"
export const USAGE = { inputTokens: 20, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 30, reasoningTokens: 0 }

/** Of the run, with what is not closed yet: charged tokens and counts of requests. */
export interface RunUsage {
  readonly requests: number
  readonly estimated: number
  readonly refused: number
  readonly charged: number
}

export interface World extends AsyncDisposable {
  readonly provider: StandIn
  readonly folders: RunFolders
  readonly config: ProxyConfig
  readonly proxy: ProxyProcess
  open(): Promise<RawConnection>
  usage(): Promise<RunUsage>
}

export interface WorldOptions {
  readonly standIn?: Partial<StandInOptions>
  readonly limitTokens?: number
  readonly config?: Partial<ProxyConfig>
}

export async function startWorld({ standIn, limitTokens, config: more }: WorldOptions = {}): Promise<World> {
  const provider = await startStandIn({
    hosts: [HOST],
    reply: () => ({ text: "Hello from the stand-in", usage: USAGE }),
    ...standIn,
  })
  const folders = await createRunFolders()
  const config = testConfig(folders.paths, {
    routes: [
      route(HOST, {
        injection: { header: "x-api-key", template: "{secret}" },
        metering: { provider: "claude", api: "anthropic-messages" },
        secret: new Secret(REAL_KEY),
      }),
    ],
    resolve: { [HOST]: provider.address },
    upstreamCa: provider.caPem,
    budgets:
      limitTokens === undefined
        ? {}
        : { declared: [{ scope: HOST_SCOPE, provider: "claude", limitTokens, window: "total", source: "settings" }] },
    ...more,
  })
  const proxy = startProxyProcess(config)
  const first = await proxy.first
  if (first.kind !== "ready") throw new Error(JSON.stringify(first))
  await folders.ledger.attachProxy(SLUG, `${proxy.pid}:0:test` as ProcessIdentity)
  const ca = readFileSync(join(folders.paths.guestShare, "ca.pem"), "utf8")

  return {
    provider,
    folders,
    config,
    proxy,
    open: () => openTls(proxy.frontPath, ca, `${HOST}:443`),
    usage: () => readUsage(folders),
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await provider[Symbol.asyncDispose]()
      await folders[Symbol.asyncDispose]()
    },
  }
}

export async function readUsage({ ledger }: Pick<RunFolders, "ledger">): Promise<RunUsage> {
  const [row] = await ledger.usage({ by: "run" })
  return {
    requests: row?.requests ?? 0,
    estimated: row?.estimatedRequests ?? 0,
    refused: row?.refusedRequests ?? 0,
    charged: row?.chargedTokens ?? 0,
  }
}

/** A billed request as a client writes it. */
export function ask({ stream = false, maxTokens = 100, prompt = "hi" } = {}): string {
  const body = JSON.stringify({
    model: "claude-x",
    max_tokens: maxTokens,
    stream,
    messages: [{ role: "user", content: prompt }],
  })
  return `POST /v1/messages HTTP/1.1\r\nHost: ${HOST}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

/** Everything from here to the end of the answer. */
export async function readRest(connection: RawConnection): Promise<string> {
  let text = ""
  for (let chunk = await connection.readChunk(); chunk !== undefined; chunk = await connection.readChunk())
    text += chunk
  return text
}

/** A stream of which some events came. The rest comes once `finish` is called. */
export async function startHeldStream() {
  const gate = Promise.withResolvers<void>()
  const world = await startWorld({
    standIn: {
      reply: () => ({
        text: "one two three",
        usage: USAGE,
        beforeEvent: (index) => (index < 3 ? undefined : gate.promise),
      }),
    },
  })
  const connection = await world.open()
  connection.send(ask({ stream: true }))
  await connection.readHead()
  await connection.readChunk()
  return {
    world,
    connection,
    finish: () => gate.resolve(),
    async [Symbol.asyncDispose]() {
      connection[Symbol.dispose]()
      gate.resolve()
      await world[Symbol.asyncDispose]()
    },
  }
}
