// A session as `start` and `resume` run it: on the operator's own stdio, with what happens said on stderr.

import type { ProcessIdentity } from "@bot-bottle/contracts"
import type { Ledger } from "@bot-bottle/ledger"
import type { Host } from "../host.ts"
import type { ProxyProcess } from "./proxy-process.ts"
import type { ResolvedLaunch } from "./resolve-launch.ts"
import type { Resumable } from "./resumed-run.ts"
import type { RunName } from "./run-name.ts"
import { runSession } from "./session.ts"
import { describeEnd, describeReport } from "./session-words.ts"
import { ensureToolchain } from "./toolchain.ts"

export interface HostSession {
  readonly ledger: Ledger
  readonly launch: ResolvedLaunch
  readonly name: RunName
  readonly launcher: ProcessIdentity
  readonly proxy: ProxyProcess
  readonly stdio: "inherit" | "terminal"
  readonly resumes?: Resumable
}

/** The exit code of `start` and `resume`. */
export async function runHostSession(host: Host, session: HostSession): Promise<number> {
  const say = (line: string) => host.screen.note(`bot-bottle: ${line}`)
  const onTerminal = session.stdio === "terminal"
  // A full-screen agent owns the terminal; what happened is said once it is over.
  const later: string[] = []
  let slug = ""
  let state = ""

  const end = await runSession({
    ...session,
    env: host.env,
    toolchainFolder: await ensureToolchain(host, session.launch.provider),
    stdio: { kind: session.stdio },
    onStarted: (started) => {
      slug = started.slug
      state = started.folders.state
      const tell = (line: string) => (onTerminal ? later.push(line) : say(line))
      if (!onTerminal) say(`run ${slug} ${session.resumes === undefined ? "started" : "resumed"}`)
      for (const remark of started.remarks) tell(remark)
    },
    onReport: (report) => {
      const line = describeReport(report, slug, session.launch.policy)
      if (line !== undefined) onTerminal ? later.push(line) : say(line)
    },
  })
  for (const line of [...later, ...describeEnd(end, state)]) say(line)
  return end.exitCode
}
