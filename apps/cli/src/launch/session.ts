// One run from start to end: brought up, watched from both sides, taken down whole.
//
//   INV-46  Bottle and proxy live and die together: whichever ends first, or whoever asks the
//           launcher to end, neither is left when this returns.

import { isProcessAlive } from "@bot-bottle/bottle"
import type { ProxyReport, RunStatus } from "@bot-bottle/contracts"
import type { Ledger } from "@bot-bottle/ledger"
import { type BringUp, bringUp, type Session } from "./bring-up.ts"

export interface SessionOptions extends BringUp {
  /** Told once the run has a slug. */
  readonly onStarted?: (session: Session) => void
  readonly onReport: (report: ProxyReport) => void
}

export interface SessionEnd {
  readonly slug: string
  readonly exitCode: number
  /** Undefined when the agent ended by itself. */
  readonly reason: EndReason | undefined
  /** For a person; goes with `reason`. */
  readonly explanation: string | undefined
}

export type EndReason = "proxy-died" | "interrupted" | "killed"

type FirstEnd =
  | { readonly kind: "agent"; readonly exitCode: number }
  | { readonly kind: "proxy"; readonly exitCode: number }
  | { readonly kind: "signal"; readonly name: StopSignal }

type StopSignal = keyof typeof STOP_SIGNALS
const STOP_SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const
/** How long a proxy may take to settle what is open once its run is over. */
const PROXY_PATIENCE_MS = 5_000

export async function runSession(options: SessionOptions): Promise<SessionEnd> {
  using stop = listenForStop()
  const session = await bringUp(options)
  const { slug, bottle } = session
  const { proxy } = options
  options.onStarted?.(session)
  let failure: string | undefined
  const reporting = tell(proxy.reports, (report) => {
    if (report.kind === "failed")
      failure = report.hint === undefined ? report.message : `${report.message} (${report.hint})`
    options.onReport(report)
  })

  const first = await Promise.race<FirstEnd>([
    bottle.exited.then((exitCode) => ({ kind: "agent", exitCode })),
    proxy.exited.then((exitCode) => ({ kind: "proxy", exitCode })),
    stop.asked,
  ])
  if (first.kind !== "agent") {
    await bottle.kill()
    await bottle.exited
  }
  await proxy.close(PROXY_PATIENCE_MS)
  await reporting
  return { slug, ...(await book(options.ledger, slug, first, failure)) }
}

/** Settles what a dead proxy left open and writes down how the run ended. */
async function book(
  ledger: Ledger,
  slug: string,
  first: FirstEnd,
  failure: string | undefined,
): Promise<Omit<SessionEnd, "slug">> {
  await ledger.sweep(isProcessAlive)
  const wasKilled = (await ledger.findRun(slug))?.status === "killed"
  const end = wasKilled ? KILLED : describeEnd(first, failure)
  const status: RunStatus = wasKilled ? "killed" : "ended"
  await ledger.updateRun(slug, {
    status,
    endedAtMs: Date.now(),
    exitCode: end.exitCode,
    ...(end.reason === undefined ? {} : { endReason: end.reason }),
  })
  return end
}

const KILLED = { exitCode: 137, reason: "killed", explanation: "killed by the operator" } as const

function describeEnd(first: FirstEnd, failure: string | undefined): Omit<SessionEnd, "slug"> {
  switch (first.kind) {
    case "agent":
      return { exitCode: first.exitCode, reason: undefined, explanation: undefined }
    case "signal":
      return {
        exitCode: 128 + STOP_SIGNALS[first.name],
        reason: "interrupted",
        explanation: `${first.name} ended the run`,
      }
    case "proxy": {
      const why = failure ?? (first.exitCode > 128 ? `signal ${first.exitCode - 128}` : `exit code ${first.exitCode}`)
      return {
        exitCode: 1,
        reason: "proxy-died",
        explanation: `the proxy ended (${why}), so egress is closed and the bottle was ended`,
      }
    }
  }
}

async function tell(reports: AsyncIterable<ProxyReport>, onReport: (report: ProxyReport) => void): Promise<void> {
  for await (const report of reports) onReport(report)
}

/** Signals to end the run, from before anything is started until everything is down. */
function listenForStop(): { readonly asked: Promise<FirstEnd> } & Disposable {
  const asked = Promise.withResolvers<FirstEnd>()
  const handlers = (Object.keys(STOP_SIGNALS) as StopSignal[]).map((name) => {
    const onSignal = () => asked.resolve({ kind: "signal", name })
    process.on(name, onSignal)
    return () => process.off(name, onSignal)
  })
  return {
    asked: asked.promise,
    [Symbol.dispose]: () => {
      for (const remove of handlers) remove()
    },
  }
}
