// A run's egress proxy as a process: reads its configuration, opens everything, serves until
// its launcher is gone or asks it to leave.
//
// Spawn contract. stdin: one line of `encodeProxyConfig`, then open for as long as the run
// shall have egress; its end is the order to leave, as is SIGTERM. Without `LEAVE_WORD` before
// it the launcher died, and what is open is charged in full. stdout: ProxyReport lines,
// `ready` first. stderr: for the operator's log. Environment: BUN_CONFIG_MAX_HTTP_REQUESTS
// high (65336), no *_PROXY variables, nothing secret.

import { LEAVE_WORD, linesOf, OperatorProblem, type ProxyReport } from "@bot-bottle/contracts"
import { MAX_PROXY_CONFIG, parseProxyConfig } from "@bot-bottle/contracts/messages/proxy-config"
import { checkEnvironment } from "./env.ts"
import { startHeartbeat } from "./heartbeat.ts"
import { openProxy, type RunProxy } from "./open-proxy.ts"

function report(line: ProxyReport): void {
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
const stdin = linesOf(Bun.stdin.stream(), { maxLength: MAX_PROXY_CONFIG, unfinished: "dropped" })
const proxy = await start()
report({ kind: "ready" })
startHeartbeat()
process.on("SIGTERM", () => void leave())
process.on("SIGINT", () => void leave())
if ((await stdinEnds()) === "launcher died") proxy.orphan()
await leave()

async function start(): Promise<RunProxy> {
  try {
    checkEnvironment()
    const line = await stdin.next()
    if (line.done === true) throw startedByHand("the proxy received no configuration on its stdin")
    const config = parseProxyConfig(line.value)
    if (config.outcome === "invalid") throw startedByHand(`the proxy's configuration is invalid: ${config.problem}`)
    return await openProxy(config.message, { report, reportFailure })
  } catch (error) {
    return fail(error)
  }
}

function startedByHand(message: string): OperatorProblem {
  return new OperatorProblem(message, { hint: "'bot-bottle start' starts it; do not start it by hand" })
}

async function stdinEnds(): Promise<"asked to leave" | "launcher died"> {
  let last = ""
  for await (const line of stdin) last = line
  return `${last}\n` === LEAVE_WORD ? "asked to leave" : "launcher died"
}

function leave(): Promise<never> {
  leaving ??= proxy.close().then(
    () => process.exit(0),
    (error) => fail(error),
  )
  return leaving
}
