// A prepared launch as it is run: joined to its caller's stdio, a terminal or nobody; its events
// notified, and kept in the transcript where nobody may be listening.

import type { ProcessIdentity, Slug } from "@bot-bottle/contracts"
import type { Ledger } from "@bot-bottle/ledger"
import type { ControlEvent, SessionEnd } from "../events.ts"
import type { ForgeContext } from "../forge/forge-context.ts"
import type { ControlHost } from "../host.ts"
import { releaseLabel } from "../launch/claims.ts"
import type { LaunchLease, Resumable } from "../launch/launch-site.ts"
import { prepareImage } from "../launch/prepare-image.ts"
import type { ProxyProcess } from "../launch/proxy-process.ts"
import { ensureToolchain } from "../launch/toolchain.ts"
import { listLoginEnds } from "../resolve/credentials/find-credential.ts"
import type { ResolvedLaunch } from "../resolve/resolve-launch.ts"
import type { RunName } from "../resolve/run-name.ts"
import { serveFleet } from "../shutdown/serve-fleet.ts"
import { runSession } from "./session.ts"
import { createSessionStdio, type SessionMode } from "./session-stdio.ts"
import { unlessStopped } from "./stop-request.ts"
import { tallySession } from "./tally-session.ts"

export interface HostSession {
  readonly ledger: Ledger
  readonly launch: ResolvedLaunch
  readonly name: RunName
  readonly launcher: ProcessIdentity
  readonly proxy: ProxyProcess
  readonly mode: SessionMode
  /** Aborting it ends the run. */
  readonly signal: AbortSignal
  readonly resumes?: Resumable
  readonly forge?: ForgeContext
  readonly lease?: LaunchLease
}

/** As long as Claude Code waits by itself. */
const IDLE_INPUT_MS = 3_000

/** The run's label is free again afterwards. */
export async function runHostSession(host: ControlHost, session: HostSession): Promise<SessionEnd> {
  await using _serving = serveFleet(host, session.ledger)
  try {
    return await runClaimed(host, session)
  } finally {
    await releaseLabel(session.ledger, session.name.label, session.launcher)
  }
}

async function runClaimed(host: ControlHost, session: HostSession): Promise<SessionEnd> {
  const { ledger, launch, mode, resumes } = session
  const isBackground = mode.kind === "background"
  const stdio = await createSessionStdio(
    mode,
    launch.provider.readsInputFirst === true
      ? { timeoutMs: IDLE_INPUT_MS, onClosed: () => notify({ kind: "input-idle", timeoutMs: IDLE_INPUT_MS }) }
      : undefined,
  )
  const notify = (event: ControlEvent) => {
    host.notify(event)
    if (isBackground) for (const line of host.describe(event)) stdio.note(line)
  }
  for (const login of listLoginEnds(launch.credentials.values(), Date.now())) notify({ kind: "login-ends", login })

  let end: SessionEnd
  let startedAtMs = Date.now()
  await using questions = new AsyncDisposableStack()
  try {
    end = await runSession({
      ...session,
      env: host.env,
      notify,
      onServiceStderr: (service, line) => notify({ kind: "service-stderr", service, line }),
      onCopyStep: (step, folder) => notify({ kind: "workspace-copy", step, folder }),
      toolchainFolder: await unlessStopped(session.signal, ensureToolchain(host, ledger, launch)),
      image: await unlessStopped(session.signal, prepareImage(host, launch)),
      stdio: stdio.stdio,
      inputFailed: stdio.inputFailed,
      onStarted: (started) => {
        const { slug, bottle, selfTest } = started
        startedAtMs = Date.now()
        stdio.open(started)
        notify({ kind: "run-started", slug, isResumed: resumes !== undefined, ...(selfTest && { selfTest }) })
        const trouble = ledger.fleet?.trouble
        if (trouble !== undefined) notify({ kind: "ledger-away", message: trouble.message })
        for (const remark of started.remarks) notify(remark)
        questions.defer(startSending(host, session, slug, notify))
        void bottle.started.then(() => notify({ kind: "agent-started", slug }))
      },
    })
  } catch (error) {
    // Attached clients learn of the end, and the socket and the transcript are closed.
    await stdio.end(1, [])
    throw error
  }
  await questions.disposeAsync()
  const endedAtMs = Date.now()
  const tally = await tallySession({ ...session, root: host.env.root, slug: end.slug, startedAtMs, endedAtMs })
  end = { ...end, tally }
  const ended = { kind: "run-ended", end } as const
  notify(ended)
  await stdio.end(end.exitCode, host.describe(ended))
  return end
}

/** Loads nothing for a host that wants no word of questions. Returns how to end it. */
function startSending(
  { env }: ControlHost,
  { ledger, launch, name }: HostSession,
  slug: Slug,
  notify: (event: ControlEvent) => void,
): () => Promise<void> {
  const target = launch.settings.notify
  if (target === undefined) return async () => {}
  const asker = { label: name.label, agent: launch.agent.name }
  const sender = import("../supervise/send-questions.ts").then(({ sendQuestions }) =>
    sendQuestions({
      ...{ env, ledger, slug, asker, target },
      onFailed: (failure) => notify({ kind: "notify-failed", slug, ...failure }),
    }),
  )
  return async () => void (await (await sender)[Symbol.asyncDispose]())
}
