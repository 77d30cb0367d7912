// One run from start to end: brought up, watched from both sides, taken down whole, and its
// end written down as what it was: its own, a failure, or what a budget or an operator asked.
//
//   INV-46  Bottle and proxy live and die together: whichever ends first, or whoever asks the
//           launcher to end, neither is left when this returns.

import type { BudgetState, ProcessIdentity, ProxyReport, ShutdownPolicy } from "@bot-bottle/contracts"
import { isProcessAlive } from "@bot-bottle/kernel"
import type { EnforcementAction, EnforcementRow, Ledger } from "@bot-bottle/ledger"
import { concludeShutdown, KILLED_EXIT_CODE, listAskedShutdowns } from "../runs/conclude-shutdown.ts"
import { listenForWakes } from "../runs/wake-launcher.ts"
import { describeBindEnd } from "./bind-workspace.ts"
import { bringUp } from "./bring-up.ts"
import type { BringUp, Session } from "./launch-site.ts"
import { listenForStop, STOP_SIGNALS, type StopSignal } from "./stop-signals.ts"
import { askForShutdown, type DiskStop, watchDisk } from "./watch-disk.ts"

export interface SessionOptions extends BringUp {
  /** Told once the run has a slug. */
  readonly onStarted?: (session: Session) => void
  readonly onReport: (report: ProxyReport) => void
  /** What an operator should know while the run goes on. */
  readonly onWarning?: (words: string) => void
}

export interface SessionEnd {
  readonly slug: string
  readonly exitCode: number
  /** Undefined when the agent ended by itself. */
  readonly reason: EndReason | undefined
  /** For a person; goes with `reason`. */
  readonly explanation: string | undefined
  /** The budget that stopped it, when one did. */
  readonly budget?: BudgetState
  /** What there is to say about the operator's folder, when the agent worked in it. */
  readonly remarks?: readonly string[]
}

export type EndReason = "proxy-died" | "interrupted" | "killed" | "frozen"

type FirstEnd =
  | { readonly kind: "agent"; readonly exitCode: number }
  | { readonly kind: "proxy"; readonly exitCode: number }
  | { readonly kind: "signal"; readonly name: StopSignal }
  | { readonly kind: "asked"; readonly shutdown: "freeze" | "kill" }
  /** Something in the operator's folder is not protected any more. */
  | { readonly kind: "unprotected"; readonly path: string }

/** How long a proxy may take to settle what is open once its run is over. */
const PROXY_TIMEOUT_MS = 5_000
/** How long the agent's last output may take to be read by whoever reads ours. */
const OUTPUT_TIMEOUT_MS = 2_000
/** An operator has to do something before it can go on. */
const FROZEN_EXIT_CODE = 1

export async function runSession(options: SessionOptions): Promise<SessionEnd> {
  using stop = listenForStop()
  const wakes = listenForWakes()
  const session = await bringUp(options)
  const { slug, bottle } = session
  const { proxy, ledger, launch, launcher } = options
  options.onStarted?.(session)

  const asked = Promise.withResolvers<FirstEnd>()
  wakes.onWake(() => {
    // A ledger that cannot be read now: whoever woke us does it without us when we do not.
    void findAsked(ledger, slug).then(
      (shutdown) => shutdown && asked.resolve({ kind: "asked", shutdown }),
      () => {},
    )
  })
  const heard: Heard = {}
  const reporting = tell(proxy.reports, (report) => {
    listen(report, heard)
    if (report.kind === "budget-exhausted" && launch.policy !== "cutoff")
      asked.resolve({ kind: "asked", shutdown: launch.policy })
    options.onReport(report)
  })

  const disk = watchDisk(options, { ...session, launchedAtMs: Date.now() }, (words) => options.onWarning?.(words))
  void disk.found.then(async (finding) => {
    heard.disk = await askForShutdown(options, session, finding)
    asked.resolve({ kind: "asked", shutdown: heard.disk.shutdown })
  })

  const first = await Promise.race<FirstEnd>([
    bottle.exited.then((exitCode) => ({ kind: "agent", exitCode })),
    proxy.exited.then((exitCode) => ({ kind: "proxy", exitCode })),
    stop.asked.then((name) => ({ kind: "signal", name })),
    asked.promise,
    ...(session.bind === undefined
      ? []
      : [session.bind.broken.then((path) => ({ kind: "unprotected" as const, path }))]),
  ])
  disk.close()
  if (first.kind !== "agent") {
    const isGentle = first.kind === "asked" && first.shutdown === "freeze" && heard.disk?.isUrgent !== true
    await (isGentle ? bottle.freeze() : bottle.kill())
    await Promise.race([bottle.exited, Bun.sleep(OUTPUT_TIMEOUT_MS)])
  }
  await proxy.close(PROXY_TIMEOUT_MS)
  await reporting
  const remarks = session.bind === undefined ? [] : describeBindEnd(await session.bind.close())
  const ending = { root: options.env.root, ledger, slug, launcher, policy: launch.policy }
  return { slug, remarks, ...(await book(ending, first, heard)) }
}

/** What the proxy said that matters at the end. */
interface Heard {
  failure?: string
  budget?: BudgetState
  /** What the disk watch has asked for. */
  disk?: DiskStop
}

function listen(report: ProxyReport, heard: Heard): void {
  if (report.kind === "failed") {
    heard.failure = report.hint === undefined ? report.message : `${report.message} (${report.hint})`
  }
  if (report.kind === "budget-exhausted") heard.budget = report.budget
}

async function findAsked(ledger: Ledger, slug: string): Promise<"freeze" | "kill" | undefined> {
  const kinds = (await listAskedShutdowns(ledger, slug)).map(({ kind }) => kind)
  if (kinds.includes("kill")) return "kill"
  return kinds.includes("freeze") ? "freeze" : undefined
}

interface Ending {
  readonly root: string
  readonly ledger: Ledger
  readonly slug: string
  readonly launcher: ProcessIdentity
  readonly policy: ShutdownPolicy
}

/** Settles what a dead proxy left open and writes down how the run ended. */
async function book(ending: Ending, first: FirstEnd, heard: Heard): Promise<Omit<SessionEnd, "slug">> {
  const { ledger, slug } = ending
  await ledger.sweep({ host: ledger.host, isAlive: isProcessAlive })
  await recordUnrecorded(ending, heard)
  const step = await concludeShutdown(ending)
  if (step !== undefined) return describeShutdown(step, heard)
  const end = describeEnd(first, heard)
  const ended = {
    status: "ended",
    endedAtMs: Date.now(),
    exitCode: end.exitCode,
    ...(end.reason === undefined ? {} : { endReason: end.reason }),
  } as const
  for (;;) {
    const run = await ledger.findRun(slug)
    // Another process was faster to conclude it.
    if (run?.status === "killed") return KILLED
    // Without a row, or with another launcher, the run is no longer ours to end.
    const isOurs = run?.launcher === ending.launcher
    if (isOurs && !(await ledger.updateRunAsSeen(run, ended))) continue
    // Cut off to its end: more tokens are the first thing it needs.
    return run?.status === "cut" && heard.budget !== undefined ? { ...end, budget: heard.budget } : end
  }
}

/** The proxy writes down what a spent budget asks for; one that could not any more has told it at least. */
async function recordUnrecorded(ending: Ending, heard: Heard): Promise<void> {
  const { ledger, slug } = ending
  const step = unrecordedStep(ending, heard)
  if (step === undefined) return
  if ((await listAskedShutdowns(ledger, slug)).length > 0) return
  if ((await ledger.findRun(slug))?.status === "killed") return
  await ledger.beginEnforcement(step)
}

function unrecordedStep({ slug, policy }: Ending, { budget, disk }: Heard): EnforcementAction | undefined {
  const actor = "bot-bottle"
  if (disk !== undefined) return { slug, kind: disk.shutdown, trigger: "watchdog", actor }
  if (budget === undefined || policy === "cutoff") return undefined
  const { provider, scope, limitTokens, usedTokens, window } = budget
  return { slug, kind: policy, trigger: "budget", actor, provider, scope, limitTokens, usedTokens, window }
}

const KILLED = { exitCode: KILLED_EXIT_CODE, reason: "killed", explanation: "killed by the operator" } as const

function describeShutdown({ kind, trigger }: EnforcementRow, { budget, disk }: Heard): Omit<SessionEnd, "slug"> {
  const by = { budget: "its budget", operator: "the operator", watchdog: disk?.why ?? "the watchdog" }[trigger]
  const spent = trigger === "budget" && budget !== undefined ? { budget } : {}
  if (kind === "kill") return { ...KILLED, explanation: `killed by ${by}`, ...spent }
  return { exitCode: FROZEN_EXIT_CODE, reason: "frozen", explanation: `frozen by ${by}`, ...spent }
}

function describeEnd(first: FirstEnd, { failure }: Heard): Omit<SessionEnd, "slug"> {
  switch (first.kind) {
    case "agent":
      return { exitCode: first.exitCode, reason: undefined, explanation: undefined }
    case "signal":
      return {
        exitCode: 128 + STOP_SIGNALS[first.name],
        reason: "interrupted",
        explanation: `${first.name} ended the run`,
      }
    case "unprotected":
      return {
        exitCode: 1,
        reason: "interrupted",
        explanation: `${first.path} was replaced or removed on the host, which ended its protection; so the run was ended`,
      }
    case "asked":
      return { exitCode: 1, reason: "interrupted", explanation: `to ${first.shutdown} the run failed; it was ended` }
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
