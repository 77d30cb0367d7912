// A session as `start` and `resume` run it: on the operator's own stdio or in the background, with
// what happens said on stderr, or kept where `logs` and `attach` find it.

import type { ProcessIdentity } from "@bot-bottle/contracts"
import type { Ledger } from "@bot-bottle/ledger"
import type { Host } from "../host.ts"
import { releaseLabel } from "../runs/claims.ts"
import { describeEndings } from "./find-credential.ts"
import type { Resumable } from "./launch-site.ts"
import { prepareImage } from "./prepare-image.ts"
import type { ProxyProcess } from "./proxy-process.ts"
import type { ResolvedLaunch } from "./resolve-launch.ts"
import type { RunName } from "./run-name.ts"
import { runSession, type SessionEnd } from "./session.ts"
import { createSessionStdio, type SessionMode } from "./session-stdio.ts"
import { describeEnd, describeReport } from "./session-words.ts"
import { ensureToolchain } from "./toolchain.ts"

export interface HostSession {
  readonly ledger: Ledger
  readonly launch: ResolvedLaunch
  readonly name: RunName
  readonly launcher: ProcessIdentity
  readonly proxy: ProxyProcess
  readonly mode: SessionMode
  readonly resumes?: Resumable
  /** The agent runs: for a launcher in the background, whose starter waits for that. */
  readonly onRunning?: (slug: string) => void
}

/** As long as Claude Code waits by itself. */
const IDLE_INPUT = { timeoutMs: 3_000 }
const IDLE_WORDS = "nothing came on stdin for 3 seconds: the agent goes on without it; </dev/null saves the wait"

/** The exit code of `start` and `resume`. The run's label is free again afterwards. */
export async function runHostSession(host: Host, session: HostSession): Promise<number> {
  try {
    return await runClaimed(host, session)
  } finally {
    await releaseLabel(session.ledger, session.name.label, session.launcher)
  }
}

async function runClaimed(host: Host, session: HostSession): Promise<number> {
  const isBackground = session.mode.kind === "background"
  const onTerminal = session.mode.kind === "terminal"
  const waits = session.launch.provider.readsInputFirst === true
  const stdio = await createSessionStdio(
    session.mode,
    waits ? { ...IDLE_INPUT, onClosed: () => say(IDLE_WORDS) } : undefined,
  )
  const say = (line: string) => {
    host.screen.note(`bot-bottle: ${line}`)
    if (isBackground) stdio.note(line)
  }
  // At a terminal the preflight had it.
  if (!onTerminal)
    for (const line of describeEndings(session.launch.credentials.values(), Date.now())) say(`warning: ${line}`)
  // A full-screen agent owns the terminal; what happened is said once it is over.
  const later: string[] = []
  const tell = (line: string) => (onTerminal ? later.push(line) : say(line))
  let slug = ""
  let state = ""

  const end = await runSession({
    ...session,
    env: host.env,
    toolchainFolder: await ensureToolchain(host, session.ledger, session.launch),
    image: await prepareImage(host, session.launch),
    stdio: stdio.stdio,
    onStarted: (started) => {
      slug = started.slug
      state = started.folders.state
      stdio.open(started)
      if (!onTerminal && !isBackground) say(`run ${slug} ${session.resumes === undefined ? "started" : "resumed"}`)
      for (const remark of started.remarks) tell(remark)
      void started.bottle.started.then(() => session.onRunning?.(slug))
    },
    onWarning: tell,
    onReport: (report) => {
      const line = describeReport(report, slug, session.launch.policy)
      if (line !== undefined) tell(line)
    },
  })
  const last = [...(end.remarks ?? []), ...describeEnd(end, state), ...describeReview(session, end)]
  for (const line of [...later, ...last]) say(line)
  await stdio.end(end.exitCode, last)
  return end.exitCode
}

/** What was done to a copy is nowhere but in the copy. */
function describeReview({ launch, resumes }: HostSession, { slug, reason }: SessionEnd): readonly string[] {
  const metadata = resumes?.metadata
  const isCopy = launch.workspace === "copy" || (metadata?.cwd !== undefined && metadata.workspace !== "bind")
  return isCopy && reason !== "killed"
    ? [`what it changed: bot-bottle diff ${slug}; to bring it back: bot-bottle apply ${slug}`]
    : []
}
