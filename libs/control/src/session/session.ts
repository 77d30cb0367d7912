// One run from start to end: brought up, watched from both sides, taken down whole.
//
//   INV-46  Bottle and proxy live and die together: whichever ends first, or whoever asks the
//           launcher to end, neither is left when this returns or throws.

import type { ProxyReport } from "@bot-bottle/contracts"
import { codeOf } from "@bot-bottle/kernel"
import type { Ledger } from "@bot-bottle/ledger"
import type { ControlEvent, SessionEnd } from "../events.ts"
import { bringUp } from "../launch/bring-up.ts"
import type { BringUp, Session } from "../launch/launch-site.ts"
import { keepLogins } from "../logins/keep-logins.ts"
import { listAskedShutdowns } from "../shutdown/conclude-shutdown.ts"
import { listenForWakes } from "../shutdown/wake-launcher.ts"
import { concludeSession, type FirstEnd, type Seen } from "./conclude-session.ts"
import { freezeByItself } from "./freeze-by-itself.ts"
import { listenForStop } from "./stop-request.ts"
import { askForShutdown, watchDisk } from "./watch-disk.ts"

export interface SessionOptions extends BringUp {
  /** Called once the run has a slug. An error from here ends the run. */
  readonly onStarted: (session: Session) => void
  readonly notify: (event: ControlEvent) => void
  /** The agent's input cannot be passed on any more: resolves with the error. */
  readonly inputFailed: Promise<unknown>
}

/** A proxy has so long to settle open requests once its run is over. */
const PROXY_TIMEOUT_MS = 5_000
/** The reader of our output has so long to read the agent's last bytes. */
const OUTPUT_TIMEOUT_MS = 2_000
/** Exit codes from here on are signals. With any other one the agent had ended by itself before it was killed. */
const KILLED = 128

export async function runSession(options: SessionOptions): Promise<SessionEnd> {
  const { proxy, signal } = options
  using stop = listenForStop(signal)
  using wakes = listenForWakes()
  const session = await bringUp(options)
  try {
    options.onStarted(session)
    const seen: Seen = {}
    const first = await watch(options, session, { stop: stop.asked, wakes, seen })
    return await concludeSession(options, session, first, seen)
  } catch (error) {
    // The bottle must not outlive an error of ours: nobody else in this process would end it.
    await Promise.allSettled([
      session.bottle.kill(),
      proxy.kill(),
      ...session.services.map((service) => service.kill()),
    ])
    // The first error is the one to report. If the ledger cannot be written now, the sweep that
    // follows this process's end records the run's.
    await concludeSession(options, session, FAILED, {}).catch(() => {})
    throw error
  }
}

const FAILED = { kind: "aborted", by: "an error of the launcher", exitCode: 1 } as const

interface Watched {
  readonly stop: Promise<{ readonly by: string; readonly exitCode: number }>
  readonly wakes: ReturnType<typeof listenForWakes>
  readonly seen: Seen
}

/** Resolves when nothing of the run runs any more. */
async function watch(options: SessionOptions, session: Session, { stop, wakes, seen }: Watched): Promise<FirstEnd> {
  const { slug, bottle } = session
  const { proxy, ledger, launch, notify } = options
  const asked = Promise.withResolvers<FirstEnd>()
  wakes.onWake(() => {
    // The process that woke us does the work itself if the ledger cannot be read now.
    void findAsked(ledger, slug).then(
      (shutdown) => shutdown && asked.resolve({ kind: "asked", shutdown }),
      () => {},
    )
  })
  const logins = keepLogins({ ...options, self: options.launcher, egressFolder: session.folders.egress })
  const freeze = async (own: NonNullable<Seen["own"]>) => {
    // Before anything is awaited: the agent may end at once, and its run is frozen all the same.
    seen.own ??= own
    await freezeByItself(ledger, { slug, egressFolder: session.folders.egress }, seen.own)
    asked.resolve({ kind: "asked", shutdown: "freeze" })
  }
  void logins.over.then(({ login, why }) =>
    freeze({
      reason: "login-expired",
      provider: login.provider,
      cause: { kind: "login-expired", login: { name: login.shown, why, renew: login.source.renew } },
    }),
  )
  const reporting = readReports(proxy.reports, (report) => {
    keep(report, seen)
    if (report.kind === "login-refused") logins.refused(report.login)
    if (report.kind === "limit-spent") void freeze(parked(report))
    if (report.kind === "budget-exhausted" && launch.policy !== "cutoff")
      asked.resolve({ kind: "asked", shutdown: launch.policy })
    notify({ kind: "proxy-report", slug, policy: launch.policy, report })
  })
  let isOver = false
  for (const { name, exited } of session.services)
    void exited.then(() => {
      if (!isOver) notify({ kind: "service-died", service: name, slug })
    })
  const disk = watchDisk(options, { ...session, launchedAtMs: Date.now() }, (freeBytes) =>
    notify({ kind: "disk-nearly-full", root: options.env.root, freeBytes }),
  )
  void disk.found.then(async (finding) => {
    seen.disk = await askForShutdown(options, session, finding)
    asked.resolve({ kind: "asked", shutdown: seen.disk.shutdown })
  })
  try {
    let first = await Promise.race<FirstEnd>([
      bottle.exited.then((exitCode) => ({ kind: "agent", exitCode })),
      proxy.exited.then((exitCode) => ({ kind: "proxy", exitCode })),
      stop.then(({ by, exitCode }) => ({ kind: "aborted", by, exitCode })),
      asked.promise,
      options.inputFailed.then((error) => ({ kind: "input-failed", why: codeOf(error) })),
      ...(session.bind === undefined ? [] : [session.bind.broken]),
    ])
    if (first.kind !== "agent") {
      const isGentle = first.kind === "asked" && first.shutdown === "freeze" && seen.disk?.isUrgent !== true
      await (isGentle ? bottle.freeze() : bottle.kill())
      const exitCode = await within(bottle.exited, OUTPUT_TIMEOUT_MS)
      const isOwn = first.kind === "aborted" || first.kind === "input-failed"
      if (isOwn && exitCode !== undefined && exitCode < KILLED) first = { kind: "agent", exitCode }
    }
    if (first.kind === "agent") options.lease?.agentEnded()
    isOver = true
    await proxy.close(PROXY_TIMEOUT_MS)
    await Promise.all(session.services.map((service) => service.close(PROXY_TIMEOUT_MS)))
    await reporting
    return first
  } finally {
    logins.close()
    disk.close()
  }
}

function parked({ provider, resetsAtMs: untilMs }: Extract<ProxyReport, { kind: "limit-spent" }>) {
  return { reason: "parked", provider, untilMs, cause: { kind: "parked", provider, untilMs } } as const
}

function keep(report: ProxyReport, seen: Seen): void {
  if (report.kind === "failed") {
    seen.failure = report.hint === undefined ? report.message : `${report.message} (${report.hint})`
  }
  if (report.kind === "budget-exhausted") seen.budget = report.budget
}

async function findAsked(ledger: Ledger, slug: string): Promise<"freeze" | "kill" | undefined> {
  const kinds = (await listAskedShutdowns(ledger, slug)).map(({ kind }) => kind)
  if (kinds.includes("kill")) return "kill"
  return kinds.includes("freeze") ? "freeze" : undefined
}

/** Undefined when it takes longer. No timer stays behind. */
async function within<T>(promise: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  const over = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => over.resolve(undefined), timeoutMs)
  const value = await Promise.race([promise, over.promise])
  clearTimeout(timer)
  return value
}

async function readReports(
  reports: AsyncIterable<ProxyReport>,
  onReport: (report: ProxyReport) => void,
): Promise<void> {
  for await (const report of reports) onReport(report)
}
