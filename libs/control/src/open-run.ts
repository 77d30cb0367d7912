// One run by its slug, whoever drives it: this process, another one, or nobody any more. Nothing is
// read before a method is called, and each method sees the run as it is then.

import type { Run, SessionRequest, Slug } from "@bot-bottle/contracts"
import type { Ledger, RemoteAction } from "@bot-bottle/ledger"
import type { DialledSession, Unversioned } from "./client/dial-session.ts"
import type { ForwardOptions } from "./client/forward-port.ts"
import type { Reloaded } from "./client/reload-run.ts"
import type { LogChoice } from "./client/run-logs.ts"
import type { ControlHost } from "./host.ts"
import type { EgressClosed } from "./shutdown/close-egress.ts"

type AttachRequest = Omit<Extract<Unversioned<SessionRequest>, { kind: "attach" }>, "kind">
type ExecRequest = Omit<Extract<Unversioned<SessionRequest>, { kind: "exec" }>, "kind">

/** Every method throws OperatorProblem when it cannot do what it says, and for an unknown run. */
export interface OpenRun {
  readonly slug: Slug
  load(): Promise<Run>
  /** Joins the agent's terminal, or follows its output. Needs a running run. */
  attach(request: AttachRequest): Promise<DialledSession>
  /** Runs a command in the bottle, beside the agent. Needs a running run. */
  runCommand(request: ExecRequest): Promise<DialledSession>
  /** Leads a port of the host's loopback to one of the bottle, until the signal aborts. Needs a running run. */
  forward(port: number, options: ForwardOptions): Promise<void>
  /** The agent's output, or what egress refused and forwarded: the bytes as they were written. */
  logs(choice: LogChoice): AsyncGenerator<Uint8Array>
  /** The lines that a person saw; of an agent without a terminal, nothing and `false`. */
  eachLine(choice: Pick<LogChoice, "follow">, onLine: (line: string) => void): Promise<boolean>
  /** Closes egress. The agent keeps running. */
  cutoff(): Promise<EgressClosed>
  /** Opens egress again. */
  restore(): Promise<void>
  /** Stops everything and keeps what the run wrote, for a resume. */
  freeze(): Promise<void>
  /** Stops everything for good. The run's files stay for a review, until `remove` or a cleanup. */
  kill(): Promise<void>
  /** Removes what a killed run wrote. */
  remove(): Promise<void>
  /** Gives the proxy the policy that manifests and settings say now. */
  reload(): Promise<Reloaded>
}

export function openRun(host: ControlHost, slug: Slug): OpenRun {
  const withLedger = async <Result>(use: (ledger: Ledger) => Promise<Result>): Promise<Result> => {
    const { openHostLedger } = await import("./open-host-ledger.ts")
    await using ledger = await openHostLedger(host)
    return await use(ledger)
  }
  const readLedger = async <Result>(use: (ledger: Ledger) => Promise<Result>): Promise<Result> => {
    const { openHostLedgerToRead } = await import("./open-host-ledger.ts")
    await using ledger = await openHostLedgerToRead(host)
    return await use(ledger)
  }
  /** For what ends the run or removes its files. */
  const freeWithLedger = async <Result>(use: (ledger: Ledger) => Promise<Result>): Promise<Result> => {
    const { openHostLedgerToFree } = await import("./open-host-ledger.ts")
    await using ledger = await openHostLedgerToFree(host)
    return await use(ledger)
  }
  const dial = async (request: Unversioned<SessionRequest>) => {
    const [{ loadLiveRun }, { dialSession }] = await Promise.all([
      import("./client/find-run.ts"),
      import("./client/dial-session.ts"),
    ])
    await readLedger((ledger) => loadLiveRun(ledger, slug))
    return await dialSession(host.env.root, slug, request)
  }
  const load = async () => {
    const { loadRun } = await import("./client/find-run.ts")
    return readLedger((ledger) => loadRun(ledger, slug))
  }
  /** For a run of another host that shares the ledger. */
  const isDoneElsewhere = async (ledger: Ledger, kind: RemoteAction["kind"]): Promise<boolean> => {
    if (ledger.fleet === undefined) return false
    const { actElsewhere } = await import("./shutdown/act-elsewhere.ts")
    return actElsewhere(host, ledger, slug, kind)
  }
  return {
    slug,
    load,
    attach: (request) => dial({ kind: "attach", ...request }),
    runCommand: (request) => dial({ kind: "exec", ...request }),
    async forward(port, options) {
      const { forwardCommand, forwardPort } = await import("./client/forward-port.ts")
      using session = await dial({ kind: "exec", argv: forwardCommand(port), env: {} })
      await forwardPort(session, options)
    },
    async *logs(choice) {
      const [{ readRunLog }, { openHostLedgerToRead }] = await Promise.all([
        import("./client/run-logs.ts"),
        import("./open-host-ledger.ts"),
      ])
      await using ledger = await openHostLedgerToRead(host)
      yield* readRunLog(ledger, host.env.root, slug, choice)
    },
    async eachLine(choice, onLine) {
      const { readRunText } = await import("./client/run-logs.ts")
      return readLedger(async (ledger) => {
        const lines = await readRunText(ledger, host.env.root, slug, choice)
        if (lines === undefined) return false
        for await (const line of lines) onLine(line)
        return true
      })
    },
    async cutoff() {
      const [{ closeEgress }, { loadLiveRun }] = await Promise.all([
        import("./shutdown/close-egress.ts"),
        import("./client/find-run.ts"),
      ])
      return withLedger(async (ledger) => {
        if (await isDoneElsewhere(ledger, "cutoff")) return { outcome: "closed" }
        return closeEgress(ledger, host, await loadLiveRun(ledger, slug))
      })
    },
    async restore() {
      const { restoreEgress } = await import("./shutdown/restore-egress.ts")
      return withLedger(async (ledger) => {
        if (!(await isDoneElsewhere(ledger, "restore"))) await restoreEgress(ledger, host.env, slug)
      })
    },
    async freeze() {
      const { freezeRun } = await import("./shutdown/freeze-run.ts")
      return freeWithLedger(async (ledger) => {
        if (!(await isDoneElsewhere(ledger, "freeze"))) await freezeRun(host, ledger, slug)
      })
    },
    async kill() {
      const { killRun } = await import("./shutdown/kill-run.ts")
      return freeWithLedger(async (ledger) => {
        if (!(await isDoneElsewhere(ledger, "kill"))) await killRun(host, ledger, slug)
      })
    },
    async remove() {
      const { removeKilledRun } = await import("./shutdown/remove-killed-run.ts")
      await freeWithLedger((ledger) => removeKilledRun(host, ledger, slug))
    },
    async reload() {
      const { reloadRun } = await import("./client/reload-run.ts")
      return withLedger((ledger) => reloadRun(host, ledger, slug))
    },
  }
}
