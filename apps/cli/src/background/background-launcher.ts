// Starts a launcher in the background: a session of its own, which no terminal's end reaches.
// Until its agent runs, what it says is said here and its problems are ours; should we be
// ended before that, it is ended, too.
//
//   A command that starts a run in the background learns that it runs, or why it does not, with the exit
//   code it would have had in the foreground. Nothing is left when it does not.

import {
  type BackgroundOrder,
  hostProgram,
  linesOf,
  OperatorProblem,
  type ProcessIdentity,
  type ResumeFlags,
  SEALED_FOLDER,
  type StartFlags,
} from "@bot-bottle/contracts"
import { backgroundReportSchema, MAX_BACKGROUND_MESSAGE } from "@bot-bottle/contracts/messages/background"
import { parseMessage } from "@bot-bottle/contracts/messages/parse-message"
import { identifyProcess } from "@bot-bottle/kernel"
import type { Host } from "../host.ts"
import { DETACH_KEY } from "../terminal/detach-key.ts"

/** Disposing ends it, unless its agent runs. */
export interface BackgroundLauncher extends AsyncDisposable {
  /** The process whose claims on labels last as long as the run. */
  readonly identity: ProcessIdentity
  /** The exit code of `start` or `resume`, once the agent runs or it is clear that it will not. */
  launch(host: Host, order: BackgroundOrder): Promise<number>
}

export function spawnBackgroundLauncher(): BackgroundLauncher {
  const child = Bun.spawn([...hostProgram(process.execPath, "background")], {
    cwd: SEALED_FOLDER,
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
    // A session of its own.
    detached: true,
  })
  const identity = identifyProcess(child.pid)
  if (identity === undefined) throw new Error("The launcher in the background ended at once")
  let isRunning = false
  return {
    identity,
    async launch(host, order) {
      void child.stdin.write(`${JSON.stringify(order)}\n`)
      void child.stdin.flush()
      for await (const line of linesOf(child.stdout, { maxLength: MAX_BACKGROUND_MESSAGE, unfinished: "dropped" })) {
        const parsed = parseMessage(backgroundReportSchema, line, { maxLength: MAX_BACKGROUND_MESSAGE })
        if (parsed.outcome === "invalid")
          throw new OperatorProblem(`the launcher in the background cannot be understood: ${parsed.problem}`)
        const report = parsed.message
        switch (report.kind) {
          case "note":
            host.screen.note(report.line)
            break
          case "problem":
            throw new OperatorProblem(report.message, {
              ...(report.hint === undefined ? {} : { hint: report.hint }),
              exitCode: report.exitCode,
            })
          case "ended":
            return report.exitCode
          case "running":
            isRunning = true
            return announce(host, order, report.slug)
        }
      }
      const said = (await child.stderr.text()).trim()
      throw new OperatorProblem(`the launcher in the background ended${said === "" ? "" : `: ${said}`}`, {
        hint: "without --detach it says more",
      })
    },
    async [Symbol.asyncDispose]() {
      if (!isRunning) child.kill("SIGTERM")
      await child.stdin.end()
      if (isRunning) child.unref()
      else await child.exited
    },
  }
}

/** `start --headless --detach`. */
export async function startInBackground(host: Host, flags: StartFlags): Promise<number> {
  await using launcher = spawnBackgroundLauncher()
  return await launcher.launch(host, { command: "start", flags, ...unasked(host) })
}

/** `resume --headless --detach`. */
export async function resumeInBackground(host: Host, flags: ResumeFlags): Promise<number> {
  await using launcher = spawnBackgroundLauncher()
  return await launcher.launch(host, { command: "resume", flags, ...unasked(host) })
}

function unasked({ env }: Host) {
  return { cwd: env.cwd, terminal: { columns: 80, rows: 24 }, answers: [] }
}

/** The slug on stdout, for machines; the rest is for a person. */
function announce({ screen }: Host, { flags, command }: BackgroundOrder, slug: string): number {
  screen.print(slug)
  screen.note(`bot-bottle: run ${slug} ${command === "start" ? "started" : "resumed"} in the background`)
  screen.note(
    flags.headless === true
      ? `bot-bottle: to follow it: bot-bottle logs -f ${slug}; to wait for its end: bot-bottle attach ${slug}`
      : `bot-bottle: to join it: bot-bottle attach ${slug} (${DETACH_KEY} detaches)`,
  )
  return 0
}
