// Starts a launcher in the background: a session of its own, which no terminal's end reaches.
// Until its agent runs, what it says is said here and its problems are ours; should we be
// ended before that, it is ended, too.
//
//   A command that starts a run in the background learns that it runs, or why it does not, with the exit
//   code it would have had in the foreground. Nothing is left when it does not.

import {
  type BackgroundOrder,
  type BackgroundReport,
  hostProgram,
  linesOf,
  OperatorProblem,
  type ProcessIdentity,
  type ResumeFlags,
  SEALED_FOLDER,
  type StartFlags,
} from "@bot-bottle/contracts"
import { backgroundReportSchema, MAX_BACKGROUND_MESSAGE } from "@bot-bottle/contracts/messages/background"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { identifyProcess } from "@bot-bottle/kernel"
import type { Host } from "../host.ts"
import { DETACH_KEY } from "../terminal/detach-key.ts"

/** Disposing ends it, unless its agent runs. */
export interface BackgroundLauncher extends AsyncDisposable {
  /** The process whose claims on labels last as long as the run. */
  readonly identity: ProcessIdentity
  /** The exit code of `start` or `resume`, once the agent runs or it is clear that it will not. */
  launch(host: Host, order: BackgroundOrder): Promise<number>
  /** For a starter that joins the run. `stop` ends it as long as the agent does not run. */
  launchToJoin(host: Host, order: BackgroundOrder, stop: AbortSignal): Promise<Launched>
}

export type Launched =
  | { readonly outcome: "running"; readonly run: JoinableRun }
  | { readonly outcome: "ended"; readonly exitCode: number }

export interface JoinableRun {
  readonly slug: string
  /** Ends the run, as the signal does to a launcher in the foreground. */
  signal(name: NodeJS.Signals): void
  /** With everything its launcher had to say since the agent runs. Undefined when the launcher was killed. */
  readonly ended: Promise<{ readonly exitCode: number; readonly lines: readonly string[] } | undefined>
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
  const reports = readReports(child.stdout)
  let isRunning = false

  /** Until the agent runs, or the end. */
  async function untilRunning(
    host: Host,
    order: BackgroundOrder,
  ): Promise<{ readonly slug: string } | { readonly exitCode: number }> {
    // A launcher that has ended takes no order. Its reports end as well, which is told below.
    Promise.all([child.stdin.write(`${JSON.stringify(order)}\n`), child.stdin.flush()]).catch(() => {})
    for (let next = await reports.next(); next.done !== true; next = await reports.next()) {
      const report = next.value
      switch (report.kind) {
        case "note":
          host.screen.note(report.line)
          break
        case "problem":
          throw asProblem(report)
        case "ended":
          return { exitCode: report.exitCode }
        case "running":
          isRunning = true
          return { slug: report.slug }
      }
    }
    const said = (await child.stderr.text()).trim()
    throw new OperatorProblem(`the launcher in the background ended${said === "" ? "" : `: ${said}`}`, {
      hint: "see 'bot-bottle list --all'",
    })
  }

  async function untilEnded(): Promise<Awaited<JoinableRun["ended"]>> {
    const lines: string[] = []
    for await (const report of reports) {
      if (report.kind === "note") lines.push(report.line)
      if (report.kind === "problem") throw asProblem(report)
      if (report.kind === "ended") return { exitCode: report.exitCode, lines }
    }
    return undefined
  }

  return {
    identity,
    async launch(host, order) {
      const launched = await untilRunning(host, order)
      return "slug" in launched ? announce(host, order, launched.slug) : launched.exitCode
    },
    async launchToJoin(host, order, stop) {
      const end = () => void child.kill("SIGTERM")
      stop.addEventListener("abort", end, { once: true })
      try {
        const launched = await untilRunning(host, { ...order, joins: true })
        if (!("slug" in launched)) return { outcome: "ended", exitCode: launched.exitCode }
        const ended = untilEnded()
        // Its problems are thrown where it is awaited.
        ended.catch(() => {})
        return { outcome: "running", run: { slug: launched.slug, signal: (name) => void child.kill(name), ended } }
      } finally {
        stop.removeEventListener("abort", end)
      }
    },
    async [Symbol.asyncDispose]() {
      if (!isRunning) child.kill("SIGTERM")
      try {
        await child.stdin.end()
      } catch {
        // It has ended, and left a part of its order unread.
      }
      if (isRunning) child.unref()
      else await child.exited
    },
  }
}

async function* readReports(stdout: AsyncIterable<Uint8Array>): AsyncGenerator<BackgroundReport> {
  for await (const line of linesOf(stdout, { maxLength: MAX_BACKGROUND_MESSAGE, unfinished: "dropped" })) {
    const parsed = parseMessage(backgroundReportSchema, line, { maxLength: MAX_BACKGROUND_MESSAGE })
    if (parsed.outcome === "invalid")
      throw new OperatorProblem(`the report of the launcher in the background cannot be read: ${parsed.problem}`)
    yield parsed.message
  }
}

function asProblem(report: Extract<BackgroundReport, { kind: "problem" }>): OperatorProblem {
  return new OperatorProblem(report.message, {
    ...(report.hint === undefined ? {} : { hint: report.hint }),
    exitCode: report.exitCode,
  })
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
      : `bot-bottle: to join it (${DETACH_KEY} detaches): bot-bottle attach ${slug}`,
  )
  return 0
}
