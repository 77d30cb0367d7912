// The process by which a run's agent asks its operator: reads its configuration, opens its socket,
// serves until its launcher is gone or asks it to leave.
//
// It enforces nothing and the proxy does not wait for it: its end is the end of the calls.
//
// Spawn contract. stdin: one line of `encodeAskServiceConfig`, then open for as long as the run
// lasts; its end is the order to leave, as is SIGTERM. stdout: SidecarReport lines, `ready` first.
// stderr: for the operator's log. The environment holds nothing secret.

import { linesOf, OperatorProblem, type SidecarReport } from "@bot-bottle/contracts"
import { parseAskServiceConfig } from "@bot-bottle/contracts/messages/ask-service-config"
import { type AskService, openAskService } from "./open-ask-service.ts"

const MAX_LINE = 64 * 1024

function report(line: SidecarReport): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

function reportFailure(error: unknown): void {
  console.error(error instanceof Error ? `${error.name}: ${error.message}` : String(error))
}

function fail(error: unknown): never {
  const message = error instanceof Error ? error.message : String(error)
  const hint = error instanceof OperatorProblem ? error.hint : undefined
  report({ kind: "failed", message, ...(hint === undefined ? {} : { hint }) })
  process.exit(1)
}

let leaving: Promise<never> | undefined
const stdin = linesOf(Bun.stdin.stream(), { maxLength: MAX_LINE, unfinished: "dropped" })
const service = await start()
report({ kind: "ready" })
process.on("SIGTERM", () => void leave())
process.on("SIGINT", () => void leave())
for await (const _line of stdin);
await leave()

async function start(): Promise<AskService> {
  try {
    const line = await stdin.next()
    const parsed = parseAskServiceConfig(line.done === true ? "" : line.value)
    if (parsed.outcome === "invalid")
      throw new OperatorProblem(`the ask service's configuration is invalid: ${parsed.problem}`, {
        hint: "'bot-bottle start' starts it; do not start it by hand",
      })
    return await openAskService(parsed.message, { nowMs: Date.now, reportFailure })
  } catch (error) {
    return fail(error)
  }
}

function leave(): Promise<never> {
  leaving ??= service.close().then(
    () => process.exit(0),
    (error) => fail(error),
  )
  return leaving
}
