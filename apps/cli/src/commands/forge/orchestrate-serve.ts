// `orchestrate serve`: webhooks are received and issues are kept, until it is asked to leave.

import { OperatorProblem } from "@bot-bottle/contracts"
import { type ForgeFlags, readMaxRuns, readWebhookSecret } from "../../forge/forge-settings.ts"
import { startOrchestrator } from "../../forge/start-orchestrator.ts"
import type { Host } from "../../host.ts"
import { listenForStop } from "../../stop-signals.ts"

export interface OrchestrateServeFlags extends ForgeFlags {
  readonly listen: string
  readonly maxRuns: string
}

export async function runOrchestrateServe(host: Host, flags: OrchestrateServeFlags): Promise<number> {
  using stop = listenForStop()
  const { exited } = await startOrchestrator(host, flags, {
    webhooks: { ...readListen(flags.listen), secret: readWebhookSecret(host.env) },
    maxRuns: readMaxRuns(flags.maxRuns),
    signal: stop.signal,
  })
  return await exited
}

function readListen(text: string): { readonly hostname: string; readonly port: number } {
  const [, bracketed, name, port = ""] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? []
  const hostname = bracketed ?? name
  if (hostname !== undefined && Number(port) <= 65_535) return { hostname, port: Number(port) }
  throw new OperatorProblem(`invalid --listen '${text}'`, { exitCode: 2, hint: "give host:port: 127.0.0.1:8480" })
}
