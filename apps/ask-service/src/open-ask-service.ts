// Opens one run's ask service: its ledger, and the socket that its proxy relays the agent's calls
// to. The socket comes last, so that every connection to it is answered.

import { chmodSync, mkdirSync, rmSync } from "node:fs"
import { dirname } from "node:path"
import { createCallApp } from "@bot-bottle/agent-calls"
import type { AskServiceConfig } from "@bot-bottle/contracts"
import { type OpenLedgerOptions, openLedger } from "@bot-bottle/ledger"
import { createDispatch } from "./dispatch.ts"
import { METHODS } from "./methods.ts"
import { createProxyLink } from "./proxy-link.ts"

export interface AskService {
  close(): Promise<void>
}

export interface AskServiceEdges {
  readonly nowMs: () => number
  readonly reportFailure: (error: unknown) => void
}

const INSTRUCTIONS =
  "Ask the operator of this run for more: a host, or more tokens. A call returns at once; the answer comes later and is read with status. Continue with other work meanwhile."

/** For the texts of one call, and room for the rest of it. */
const MAX_BODY_BYTES = 64 * 1024

/** Throws OperatorProblem for a configuration that cannot be obeyed. */
export async function openAskService(config: AskServiceConfig, edges: AskServiceEdges): Promise<AskService> {
  const { slug, socket, egressFolder } = config
  const { nowMs, reportFailure } = edges
  mkdirSync(dirname(socket), { recursive: true, mode: 0o700 })
  rmSync(socket, { force: true })

  await using opened = new AsyncDisposableStack()
  const ledger = opened.use(await openLedger(config.ledgerPath, ledgerOptions(config)))
  const proxy = createProxyLink(egressFolder)
  const app = createCallApp({
    name: "supervise",
    instructions: INSTRUCTIONS,
    methods: METHODS,
    dispatch: createDispatch({ slug, ledger, proxy, nowMs, reportFailure }),
    // The proxy's own log has every request to this name.
    logStray: async () => {},
    reportFailure,
  })
  const server = Bun.serve({
    unix: socket,
    maxRequestBodySize: MAX_BODY_BYTES,
    fetch: (request) => app.fetch(request),
  })
  chmodSync(socket, 0o600)
  opened.defer(async () => {
    await server.stop(true)
    rmSync(socket, { force: true })
  })
  const all = opened.move()
  return { close: () => all.disposeAsync() }
}

function ledgerOptions({ sharedLedger }: AskServiceConfig): OpenLedgerOptions {
  if (sharedLedger === undefined) return {}
  const { url, password, home } = sharedLedger
  return { shared: { url, password, home } }
}
