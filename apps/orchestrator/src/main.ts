// The orchestrator as a process: reads its configuration, serves webhooks and keeps issues until it
// is asked to leave.
//
// Spawn contract. stdin: one line of `encodeOrchestratorConfig`, then open for as long as it shall
// serve. Its end is the order to leave. stdout: one line for each thing that it does or ignores, with
// the reason. SIGTERM and SIGINT end it and no run.

import { linesOf, OperatorProblem, type OrchestratorConfig, sanitizeLine } from "@bot-bottle/contracts"
import {
  MAX_ORCHESTRATOR_CONFIG,
  parseOrchestratorConfig,
} from "@bot-bottle/contracts/messages/forge/orchestrator-config"
import { type ControlHost, loadOwnIdentity, openHostLedger } from "@bot-bottle/control"
import { ForgeError } from "@bot-bottle/forge"
import { finishOutputOnceAsked, isProcessAlive } from "@bot-bottle/kernel"
import { createLaunches } from "./effects/launches.ts"
import { openHostRuns } from "./effects/open-host-runs.ts"
import { findVariable, ownEnvironment } from "./env.ts"
import { serve } from "./serve.ts"

const CREDENTIAL = /^FORGE_(?:TOKEN|ADMIN_TOKEN|WEBHOOK_SECRET)$/

const stdin = linesOf(Bun.stdin.stream(), { maxLength: MAX_ORCHESTRATOR_CONFIG, unfinished: "dropped" })
const stopping = Promise.withResolvers<void>()
process.on("SIGTERM", stopping.resolve)
process.on("SIGINT", stopping.resolve)
// Its log may have no reader; the issues still have their keeper.
process.stdout.on("error", () => {})
process.stderr.on("error", () => {})

/** As a killed orchestrator, one that leaves loses nothing: a forge or a database that is silent is not waited for. */
const LEAVE_TIMEOUT_MS = 5_000

void main()

async function main(): Promise<never> {
  const exitCode = await run()
  await finishOutputOnceAsked(stopping.promise, process.stdout, process.stderr)
  process.exit(exitCode)
}

async function run(): Promise<number> {
  const opened = new AsyncDisposableStack()
  try {
    await Promise.race([begin(opened), stopping.promise])
    await stopping.promise
    log("leaving; running runs are not ended")
    await Promise.race([opened.disposeAsync(), Bun.sleep(LEAVE_TIMEOUT_MS)])
    return 0
  } catch (error) {
    const { message } = error instanceof Error ? error : new Error(String(error))
    process.stderr.write(`bot-bottle: error: ${message}\n`)
    const hint =
      error instanceof ForgeError ? "bot-bottle doctor --forge looks at everything that serve needs" : undefined
    const own = error instanceof OperatorProblem ? error.hint : hint
    if (own !== undefined) process.stderr.write(`bot-bottle: hint: ${own}\n`)
    return 1
  }
}

/** Resolves when the orchestrator serves. `opened` has what is to be closed then, or at a stop that comes before. */
async function begin(opened: AsyncDisposableStack): Promise<void> {
  const config = await readConfig()
  const host = hostOf(config)
  void untilEnd().then(stopping.resolve)
  const ledger = opened.use(await openHostLedger(host))
  // Runs of this host open it for themselves; what it shares with others is used all the time.
  if (ledger.fleet === undefined) await ledger.close()
  const serving = opened.use(
    await serve({
      config,
      runs: openHostRuns(host),
      launches: createLaunches({
        ...config,
        environment: withoutCredentials(ownEnvironment()),
        isAlive: isProcessAlive,
      }),
      identity: loadOwnIdentity(),
      ledger,
      nowMs: Date.now,
      log,
    }),
  )
  await serving.keeper.reconcile()
}

async function untilEnd(): Promise<void> {
  for await (const _line of stdin);
}

function log(line: string): void {
  // A label or a name may hold what a terminal obeys. `console` would stop everything until a reader takes the line.
  process.stdout.write(`${new Date().toISOString()} ${sanitizeLine(line)}\n`)
}

async function readConfig(): Promise<OrchestratorConfig> {
  const line = await stdin.next()
  const parsed = parseOrchestratorConfig(line.done === true ? "" : line.value)
  if (parsed.outcome === "parsed") return parsed.message
  throw new OperatorProblem(`the orchestrator's configuration is unusable: ${parsed.problem}`, {
    hint: "start it with 'bot-bottle orchestrate serve'",
  })
}

/** Each launcher gets the token it needs, from us; nobody gets the webhooks' secret. */
function withoutCredentials(environment: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !CREDENTIAL.test(name)))
}

function hostOf({ root, path, operator }: OrchestratorConfig): ControlHost {
  return {
    env: { root, cwd: "/", path, operator, find: findVariable, findSecret: findVariable },
    notify(event) {
      if (event.kind === "ledger-slow") log(`waiting for the shared ledger ${event.where}`)
    },
    describe: () => [],
  }
}
