// A run's proxy as the launcher sees it: started with a minimal environment, told its
// configuration on stdin, listened to on stdout, ended by closing that stdin.
//
//   INV-41  Secrets reach the proxy in the first line of its stdin, and later over its control
//           socket: its argv and its environment hold none.

import {
  hostProgram,
  linesOf,
  type ProxyConfig,
  type ProxyReport,
  SEALED_FOLDER,
  SHUTDOWN_LINE,
} from "@bot-bottle/contracts"
import { encodeProxyConfig } from "@bot-bottle/contracts/messages/proxy-config"
import { MAX_PROXY_REPORT, proxyReportSchema } from "@bot-bottle/contracts/messages/proxy-report"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { readProxyLine } from "./proxy-line.ts"

/** Disposing ends it, if it still runs. */
export interface ProxyProcess extends AsyncDisposable {
  readonly pid: number
  /** Once. The proxy does nothing before it. */
  configure(config: ProxyConfig): void
  /** Every report, in order; ends when the proxy's stdout does. */
  readonly reports: AsyncIterable<ProxyReport>
  /** 128 + n when signal n ended it. */
  readonly exited: Promise<number>
  /** Lets it settle what is open and leave; kills it when that takes longer than `timeoutMs`. */
  close(timeoutMs: number): Promise<void>
  /** At once: egress is closed, the ledger's sweep settles what was open. */
  kill(): Promise<void>
}

/** The proxy's stderr goes to `onStderr`, line by line. */
export function spawnProxy(options: {
  readonly path: string
  readonly onStderr: (line: string) => void
}): ProxyProcess {
  const child = Bun.spawn([...hostProgram(process.execPath, "proxy")], {
    cwd: SEALED_FOLDER,
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
    // Bun reads this one before any of our code runs; without it the 257th stream waits without a word.
    env: { PATH: options.path, BUN_CONFIG_MAX_HTTP_REQUESTS: "65336" },
    // A Ctrl-C on the launcher's terminal must not take the proxy down before its run is settled.
    detached: true,
  })
  // Bun resolves with 128 + n for signal n.
  const exited = child.exited
  void forEachLine(child.stderr, (line) => {
    const shown = readProxyLine(line)
    if (shown !== undefined) options.onStderr(shown)
  })
  // A proxy whose reports cannot be read cannot be supervised: it ends, which closes egress.
  const onInvalid = (problem: string) => {
    options.onStderr(`the proxy sent an invalid report and was ended: ${problem}`)
    child.kill("SIGKILL")
  }

  const kill = async () => {
    child.kill("SIGKILL")
    await exited
  }

  return {
    pid: child.pid,
    configure: (config) => {
      void unlessGone(child.stdin.write(encodeProxyConfig(config)))
      void unlessGone(child.stdin.flush())
    },
    reports: readReports(child.stdout, onInvalid),
    exited,
    close: async (timeoutMs) => {
      void unlessGone(child.stdin.write(SHUTDOWN_LINE))
      void unlessGone(child.stdin.end())
      const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs)
      await exited
      clearTimeout(timer)
    },
    kill,
    [Symbol.asyncDispose]: kill,
  }
}

/** A proxy that no longer reads has ended, and `exited` is where that is told. */
async function unlessGone(writing: unknown): Promise<void> {
  try {
    await writing
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error
  }
}

/** Exported for its test. */
export async function* readReports(
  stdout: AsyncIterable<Uint8Array>,
  onInvalid: (problem: string) => void,
): AsyncGenerator<ProxyReport> {
  for await (const line of linesOf(stdout, { maxLength: MAX_PROXY_REPORT, unfinished: "dropped" })) {
    const report = parseMessage(proxyReportSchema, line, { maxLength: MAX_PROXY_REPORT })
    if (report.outcome === "invalid") return onInvalid(report.problem)
    yield report.message
  }
}

const MAX_STDERR_LINE = 64 * 1024

async function forEachLine(stream: ReadableStream<Uint8Array>, onLine: (line: string) => void): Promise<void> {
  for await (const line of linesOf(stream, { maxLength: MAX_STDERR_LINE, unfinished: "kept" })) {
    if (line !== "") onLine(line)
  }
}
