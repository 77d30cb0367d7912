// The life of a process that serves one run: it reads its configuration, opens what it serves,
// reports `ready`, and leaves when its launcher asks for it or is gone.
//
// Spawn contract. stdin: one line of configuration, then open for as long as the run lasts. Its end
// is the order to leave, as are SIGTERM and SIGINT. Without `SHUTDOWN_LINE` before it the launcher
// died. stdout: reports, one JSON object a line, `ready` or `failed` first. stderr: for the
// operator's log. Exit code 1 after a failure.

import { linesOf, OperatorProblem, type Parsed, SHUTDOWN_LINE } from "@bot-bottle/contracts"
import { finishOutputOnceAsked } from "./program-output.ts"

export interface RunService {
  /** Ends what it serves, and settles what is under way. */
  close(): Promise<unknown>
  /** The launcher died: nobody waits for what is under way. Called before `close`. */
  orphan?(): void
}

export interface ServiceTools<Report> {
  report(line: Report): void
  /** For the operator's log. */
  reportFailure(error: unknown): void
}

export interface ServiceOptions<Config, Report> {
  /** In messages: "the proxy". */
  readonly title: string
  readonly maxConfigLength: number
  parse(line: string): Parsed<Config>
  /** Its error is reported as `failed`. */
  open(config: Config, tools: ServiceTools<Report>): Promise<RunService>
  /** After `ready`. */
  onReady?(): void
}

/** The launcher waits for every report; whoever sends a signal does not. */
const signalled = Promise.withResolvers<void>()

export async function serveLauncher<Config, Report>(options: ServiceOptions<Config, Report>): Promise<never> {
  // A launcher that died reads no report, and what it served is still to be settled.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {})
  const stdin = linesOf(Bun.stdin.stream(), { maxLength: options.maxConfigLength, unfinished: "dropped" })
  const service = await openService(options, await stdin.next()).catch(fail)

  let leaving: Promise<never> | undefined
  const leave = () => {
    leaving ??= service.close().then(() => exit(0), fail)
    return leaving
  }
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      signalled.resolve()
      void leave()
    })
  }
  report({ kind: "ready" })
  options.onReady?.()
  let last = ""
  for await (const line of stdin) last = line
  if (`${last}\n` !== SHUTDOWN_LINE) service.orphan?.()
  return leave()
}

async function openService<Config, Report>(
  { title, parse, open }: ServiceOptions<Config, Report>,
  line: IteratorResult<string>,
): Promise<RunService> {
  if (line.done === true) throw startedByHand(`${title} received no configuration on its stdin`)
  const config = parse(line.value)
  if (config.outcome === "invalid") throw startedByHand(`the configuration of ${title} is invalid: ${config.problem}`)
  return await open(config.message, { report, reportFailure })
}

function startedByHand(message: string): OperatorProblem {
  return new OperatorProblem(message, { hint: "'bot-bottle start' starts it; do not start it by hand" })
}

function report(line: unknown): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

function reportFailure(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}\n`)
}

async function fail(error: unknown): Promise<never> {
  const message = error instanceof Error ? error.message : String(error)
  const hint = error instanceof OperatorProblem ? error.hint : undefined
  report({ kind: "failed", message, ...(hint === undefined ? {} : { hint }) })
  return await exit(1)
}

/** A launcher that is behind gets every report, also one that it asked for by the end of stdin. */
async function exit(code: number): Promise<never> {
  await finishOutputOnceAsked(signalled.promise, process.stdout, process.stderr)
  process.exit(code)
}
