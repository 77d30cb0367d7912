// A service of a run as the launcher sees it: the forge sidecar, or the process by which the agent
// asks its operator. Started with a minimal environment, told its configuration on stdin, ended by
// closing that stdin.
//
//   INV-41  Secrets reach a service in the first line of its stdin: its argv and its environment hold
//           none.

import { type HostProgram, hostProgram, linesOf, OperatorProblem, SEALED_FOLDER } from "@bot-bottle/contracts"
import { MAX_SIDECAR_REPORT, sidecarReportSchema } from "@bot-bottle/contracts/messages/forge/sidecar-report"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"

export type ServiceName = Extract<HostProgram, "forge-sidecar" | "ask-service">

export interface ServiceProcess {
  readonly name: ServiceName
  /** 128 + n when signal n ended it. */
  readonly exited: Promise<number>
  /** Lets it finish; kills it when that takes longer than `timeoutMs`. */
  close(timeoutMs: number): Promise<void>
  kill(): Promise<void>
}

export interface ServiceStart {
  readonly name: ServiceName
  /** With its line end. */
  readonly config: string
  /** Where to look when it does not start. */
  readonly hint: string
  /** PATH of the host. */
  readonly path: string
  readonly onStderr: (line: string) => void
}

const MAX_STDERR_LINE = 64 * 1024
const START_TIMEOUT_MS = 20_000

/** Resolves when its sockets answer. Throws OperatorProblem when it cannot serve; nothing of it is left then. */
export async function startService({ name, config, hint, path, onStderr }: ServiceStart): Promise<ServiceProcess> {
  const child = Bun.spawn([...hostProgram(process.execPath, name)], {
    cwd: SEALED_FOLDER,
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
    env: { PATH: path },
    // A Ctrl-C on the launcher's terminal must not end it before its run.
    detached: true,
  })
  const kill = async () => {
    child.kill("SIGKILL")
    await child.exited
  }
  void forEachLine(child.stderr, onStderr)
  const timer = setTimeout(() => child.kill("SIGKILL"), START_TIMEOUT_MS)
  try {
    await child.stdin.write(config)
    await child.stdin.flush()
    await readReady(name, child.stdout)
  } catch (error) {
    await kill()
    if (error instanceof OperatorProblem) throw error
    throw new OperatorProblem(`the ${name.replace("-", " ")} could not be started`, { cause: error, hint })
  } finally {
    clearTimeout(timer)
  }

  return {
    name,
    exited: child.exited,
    kill,
    async close(timeoutMs) {
      await Promise.resolve(child.stdin.end()).catch(() => {})
      const killing = setTimeout(() => child.kill("SIGKILL"), timeoutMs)
      await child.exited
      clearTimeout(killing)
    },
  }
}

async function readReady(name: ServiceName, stdout: ReadableStream<Uint8Array>): Promise<void> {
  for await (const line of linesOf(stdout, { maxLength: MAX_SIDECAR_REPORT, unfinished: "dropped" })) {
    const report = parseMessage(sidecarReportSchema, line, { maxLength: MAX_SIDECAR_REPORT })
    if (report.outcome === "invalid") throw new Error(report.problem)
    if (report.message.kind === "ready") return
    const { message, hint } = report.message
    throw new OperatorProblem(message, hint === undefined ? {} : { hint })
  }
  throw new Error(`the ${name} ended before it was ready`)
}

async function forEachLine(stream: ReadableStream<Uint8Array>, onLine: (line: string) => void): Promise<void> {
  for await (const line of linesOf(stream, { maxLength: MAX_STDERR_LINE, unfinished: "kept" }))
    if (line !== "") onLine(line)
}
