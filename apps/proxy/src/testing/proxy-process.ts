// The proxy as a launcher starts it: its own process, configured over stdin.

import { join } from "node:path"
import {
  type ControlStatus,
  EGRESS_FILES,
  type EgressEvent,
  GUEST_SHARE_FILES,
  linesOf,
  type ProxyConfig,
  type ProxyReport,
} from "@bot-bottle/contracts"
import { controlStatusSchema } from "@bot-bottle/contracts/messages/control-answer"
import { encodeProxyConfig } from "@bot-bottle/contracts/messages/proxy-config"
import { MAX_PROXY_REPORT, proxyReportSchema } from "@bot-bottle/contracts/messages/proxy-report"
import { checkMessage, parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { within } from "@bot-bottle/testkit"
import { parsed, readEvents } from "./test-proxy.ts"

export interface ProxyProcess extends AsyncDisposable {
  readonly pid: number
  /** The first report: `ready` or `failed`. */
  readonly first: Promise<ProxyReport>
  /** Every report so far. */
  readonly reports: readonly ProxyReport[]
  /** Resolves with the first report of this kind, past or future. */
  report<K extends ProxyReport["kind"]>(kind: K): Promise<Extract<ProxyReport, { kind: K }>>
  readonly frontPath: string
  readonly stderr: () => string
  readonly exited: Promise<number>
  control(method: string, path: string): Promise<ControlStatus>
  events(): readonly EgressEvent[]
  closeStdin(): void
  kill(signal: NodeJS.Signals): void
}

const MAIN = join(import.meta.dir, "../main.ts")

export function startProxyProcess(
  config: ProxyConfig | string,
  env: Readonly<Record<string, string>> = { BUN_CONFIG_MAX_HTTP_REQUESTS: "65336" },
): ProxyProcess {
  const child = Bun.spawn([process.execPath, MAIN], { stdin: "pipe", stdout: "pipe", stderr: "pipe", env: { ...env } })
  child.stdin.write(typeof config === "string" ? config : encodeProxyConfig(config))
  void child.stdin.flush()
  const folders = typeof config === "string" ? { guestShare: "", egressFolder: "" } : config

  const reports: ProxyReport[] = []
  let more = Promise.withResolvers<void>()
  let ended = false
  const first = Promise.withResolvers<ProxyReport>()
  void readReports()
  let stderr = ""
  void readStderr()

  async function readReports(): Promise<void> {
    for await (const line of linesOf(child.stdout, { maxLength: MAX_PROXY_REPORT, unfinished: "dropped" })) {
      reports.push(parsed(parseMessage(proxyReportSchema, line, { maxLength: MAX_PROXY_REPORT })))
      if (reports[0] !== undefined) first.resolve(reports[0])
      more.resolve()
      more = Promise.withResolvers()
    }
    ended = true
    more.resolve()
    first.reject(new Error(`the proxy ended without a report\n${stderr}`))
  }

  async function readStderr(): Promise<void> {
    const decoder = new TextDecoder()
    for await (const bytes of child.stderr) stderr += decoder.decode(bytes, { stream: true })
  }

  const describe = () => `reports: ${JSON.stringify(reports)}\n${stderr}`

  return {
    pid: child.pid,
    get first() {
      return within("the proxy's first report", first.promise, { describe })
    },
    reports,
    async report(kind) {
      for (;;) {
        const next = more.promise
        const found = reports.find((one) => one.kind === kind)
        if (found !== undefined) return found as Extract<ProxyReport, { kind: typeof kind }>
        if (ended) throw new Error(`the proxy ended without reporting ${kind}\n${stderr}`)
        await within(`a report of the proxy: ${kind}`, next, { describe })
      }
    },
    frontPath: join(folders.guestShare, GUEST_SHARE_FILES.socket),
    stderr: () => stderr,
    get exited() {
      return within("the proxy to end", child.exited, { describe })
    },
    async control(method, path) {
      const unix = join(folders.egressFolder, EGRESS_FILES.control)
      const answer = async () => (await fetch(`http://proxy${path}`, { method, unix })).json()
      const status = await within(`the proxy to answer ${method} ${path}`, answer(), { describe })
      return parsed(checkMessage(controlStatusSchema, status))
    },
    events: () => readEvents(join(folders.egressFolder, EGRESS_FILES.events)),
    closeStdin: () => void child.stdin.end(),
    kill: (signal) => child.kill(signal),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL")
      await child.exited
    },
  }
}
