// One OpenAI provider, one ledger and a proxy as a process of its own: turns over WebSockets.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { GUEST_SHARE_FILES, HOST_SCOPE, type ProcessIdentity, type RunBudgets, Secret } from "@bot-bottle/contracts"
import {
  createRunFolders,
  openSocketOver,
  openTls,
  type ProxyProcess,
  type RefusedHandshake,
  type RunFolders,
  route,
  SLUG,
  type SocketClient,
  startProxyProcess,
  testConfig,
} from "@bot-bottle/proxy/testing"
import { type StandIn, type StandInOptions, startStandIn } from "@bot-bottle/stand-in"
import { type RunUsage, readUsage } from "./proxy-world.ts"

export const HOST = "api.openai.com"
export const REAL_KEY = "sk-proj-real-0123456789"
export const USAGE = { inputTokens: 20, cacheReadTokens: 10, cacheWriteTokens: 0, outputTokens: 30, reasoningTokens: 5 }
/** 20 + 30 + a tenth of what was cached. */
export const CHARGED = 51

export interface SocketWorld extends AsyncDisposable {
  readonly provider: StandIn
  readonly folders: RunFolders
  readonly ledgerPath: string
  readonly proxy: ProxyProcess
  open(): Promise<SocketClient>
  handshake(path: string): Promise<SocketClient | RefusedHandshake>
  usage(): Promise<RunUsage>
}

export interface SocketWorldOptions {
  readonly standIn?: Partial<StandInOptions>
  readonly limitTokens?: number
  readonly budgets?: Partial<RunBudgets>
}

export async function startSocketWorld(options: SocketWorldOptions = {}): Promise<SocketWorld> {
  const { standIn, limitTokens, budgets } = options
  const provider = await startStandIn({ hosts: [HOST], reply: () => ({ text: "Hello", usage: USAGE }), ...standIn })
  const folders = await createRunFolders()
  const limit = { scope: HOST_SCOPE, provider: "codex", window: "total", source: "settings" } as const
  const config = testConfig(folders.paths, {
    routes: [
      route(HOST, {
        injection: { header: "authorization", template: "Bearer {secret}" },
        metering: { provider: "codex", api: "openai-responses" },
        secret: new Secret(REAL_KEY),
      }),
    ],
    resolve: { [HOST]: provider.address },
    upstreamCa: provider.caPem,
    budgets: { ...(limitTokens !== undefined && { declared: [{ ...limit, limitTokens }] }), ...budgets },
  })
  const proxy = startProxyProcess(config)
  const first = await proxy.first
  if (first.kind !== "ready") throw new Error(JSON.stringify(first))
  await folders.ledger.attachProxy(SLUG, `${proxy.pid}:0:test` as ProcessIdentity)
  const ca = readFileSync(join(folders.paths.guestShare, GUEST_SHARE_FILES.ca), "utf8")
  const handshake = async (path: string) =>
    openSocketOver(await openTls(proxy.frontPath, ca, `${HOST}:443`), `wss://${HOST}${path}`)

  return {
    provider,
    folders,
    ledgerPath: folders.paths.ledgerPath,
    proxy,
    handshake,
    async open() {
      const client = await handshake("/v1/responses")
      if ("status" in client) throw new Error(`${client.status} ${client.body}`)
      return client
    },
    usage: () => readUsage(folders),
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await provider[Symbol.asyncDispose]()
      await folders[Symbol.asyncDispose]()
    },
  }
}

/** A billed message as Codex writes it. */
export function create(more: Readonly<Record<string, unknown>> = {}): string {
  const input = [{ type: "message", role: "user", content: [{ type: "input_text", text: "hi" }] }]
  return JSON.stringify({ type: "response.create", model: "gpt-5", max_output_tokens: 100, input, ...more })
}

export interface SocketEvent {
  readonly type: string
  readonly status?: number
  readonly error?: { readonly code: string; readonly message: string }
  readonly response?: { readonly id: string; readonly usage: unknown }
}

export async function nextEvent(client: SocketClient): Promise<SocketEvent> {
  return JSON.parse((await client.next()).toString())
}

/** Everything up to the end of one response, or the error that stands for it. */
export async function readTurn(client: SocketClient): Promise<SocketEvent> {
  for (;;) {
    const event = await nextEvent(client)
    if (event.type === "response.completed" || event.type === "error") return event
  }
}
