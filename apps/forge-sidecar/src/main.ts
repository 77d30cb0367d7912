// A run's forge sidecar as a process: reads its configuration, opens its sockets, serves until
// its launcher is gone or asks it to leave.
//
// Spawn contract. stdin: one line of `encodeSidecarConfig`, then open for as long as the run
// lasts; its end is the order to leave, as is SIGTERM. stdout: SidecarReport lines, `ready`
// first. stderr: for the operator's log. The environment holds nothing secret.

import { linesOf, OperatorProblem, type SidecarReport } from "@bot-bottle/contracts"
import { MAX_SIDECAR_CONFIG, parseSidecarConfig } from "@bot-bottle/contracts/messages/sidecar-config"
import { openSidecar, type Sidecar } from "./open-sidecar.ts"

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
const stdin = linesOf(Bun.stdin.stream(), { maxLength: MAX_SIDECAR_CONFIG, unfinished: "dropped" })
const sidecar = await start()
report({ kind: "ready" })
process.on("SIGTERM", () => void leave())
process.on("SIGINT", () => void leave())
for await (const _line of stdin);
await leave()

async function start(): Promise<Sidecar> {
  try {
    const line = await stdin.next()
    const parsed = parseSidecarConfig(line.done === true ? "" : line.value)
    if (parsed.outcome === "invalid")
      throw new OperatorProblem(`the forge sidecar's configuration is unusable: ${parsed.problem}`, {
        hint: "a launcher starts it; by hand it does nothing",
      })
    return await openSidecar(parsed.message, { nowMs: Date.now, reportFailure })
  } catch (error) {
    return fail(error)
  }
}

function leave(): Promise<never> {
  leaving ??= sidecar.close().then(
    () => process.exit(0),
    (error) => fail(error),
  )
  return leaving
}
