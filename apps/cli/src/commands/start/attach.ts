// `attach`: joins a run in the background. In front of the agent's own terminal every key is the
// agent's but one, which leaves; an agent without a terminal is followed. Either way the run's end
// is ours, with its exit code, and our end does not end the run.

import { type OperatorTerminal, openOperatorTerminal, operatorTerminalSize } from "@bot-bottle/bottle"
import { OperatorProblem, type Slug } from "@bot-bottle/contracts"
import { type DialledSession, openRun, sendInput } from "@bot-bottle/control"
import type { JoinableRun } from "../../background/background-launcher.ts"
import { controlHost } from "../../control-host.ts"
import type { Host } from "../../host.ts"
import { createDetachKey, DETACH_KEY } from "../../terminal/detach-key.ts"
import { isPerson, writeOut } from "../../terminal/own-stdio.ts"

/** How long the reminder of the key stands in the agent's last line. */
const REMINDER_MS = 2_500

export async function runAttach(host: Host, slug: Slug): Promise<number> {
  return await explain(host, slug, await join(host, slug))
}

/** A run that this process started: our own end by a signal is the run's, unless the terminal is gone. */
export async function joinStarted(host: Host, run: JoinableRun): Promise<number> {
  const leaving = await joinUnlessEnded(host, run.slug)
  switch (leaving.kind) {
    case "left":
    case "replaced":
      return await explain(host, run.slug, leaving)
    case "signal":
      if (leaving.signal === "SIGHUP") return await explain(host, run.slug, leaving)
      run.signal(leaving.signal)
      break
    case "ended":
    case "lost":
      break
  }
  const end = await run.ended
  if (end === undefined) return await explain(host, run.slug, { kind: "lost" })
  for (const line of end.lines) host.screen.note(line)
  return end.exitCode
}

async function join(host: Host, slug: Slug): Promise<Leaving> {
  const size = isPerson() ? operatorTerminalSize() : undefined
  const run = openRun(controlHost(host), slug)
  using session = await run.attach(size === undefined ? {} : { terminal: size })
  return await follow(host, slug, session)
}

/** An agent may end before anybody can join it. */
async function joinUnlessEnded(host: Host, slug: Slug): Promise<Leaving> {
  try {
    return await join(host, slug)
  } catch (error) {
    if (error instanceof OperatorProblem) return { kind: "lost" }
    throw error
  }
}

/** Why it is over. */
type Leaving =
  | { readonly kind: "left" }
  | { readonly kind: "signal"; readonly signal: NodeJS.Signals }
  | { readonly kind: "replaced" }
  | { readonly kind: "ended"; readonly exitCode: number; readonly lines: readonly string[] }
  | { readonly kind: "lost" }

async function follow(host: Host, slug: Slug, session: DialledSession): Promise<Leaving> {
  const own = Promise.withResolvers<Leaving>()
  const attachment: { terminal?: OperatorTerminal } = {}
  let leaving: Leaving
  try {
    leaving = await Promise.race([own.promise, followMessages(host, slug, session, attachment, own.resolve)])
  } finally {
    if (attachment.terminal !== undefined) {
      // The agent's modes are not those of the shell that comes back, nor is its cursor's place.
      attachment.terminal.close({ killed: true })
      await writeOut("stdout", Buffer.from("\x1b[999;1H\r\n"))
    }
  }
  return leaving
}

async function followMessages(
  host: Host,
  slug: Slug,
  session: DialledSession,
  attachment: { terminal?: OperatorTerminal },
  leave: (leaving: Leaving) => void,
): Promise<Leaving> {
  for await (const message of session.messages) {
    switch (message.kind) {
      case "refused":
        throw new OperatorProblem(message.message, { hint: message.hint })
      case "joined":
        if (message.as === "terminal") attachment.terminal = attachTerminal(session, slug, leave)
        else host.screen.note(`bot-bottle: following ${slug}; Ctrl-C detaches, the run continues`)
        break
      case "output":
        await writeOut(message.stream, Buffer.from(message.data, "base64"))
        break
      case "skipped":
        host.screen.note(`bot-bottle: ${message.bytes} bytes came too fast; all of it: bot-bottle logs ${slug}`)
        break
      case "replaced":
        return { kind: "replaced" }
      case "ended":
        return { kind: "ended", exitCode: message.exitCode, lines: message.lines }
      case "taken":
      case "exited":
        break
    }
  }
  return { kind: "lost" }
}

function attachTerminal(session: DialledSession, slug: Slug, leave: (leaving: Leaving) => void): OperatorTerminal {
  const key = createDetachKey()
  const reminder = remind(session, slug)
  const terminal = openOperatorTerminal({
    onInput(bytes) {
      const { input, isLeaving } = key.read(bytes)
      sendInput(session, input)
      if (isLeaving) leave({ kind: "left" })
    },
    onResize: (size) => session.send({ kind: "resize", size }),
    onHangUp: (signal) => leave({ kind: "signal", signal }),
  })
  return {
    close(ending) {
      reminder.stop()
      terminal.close(ending)
    },
  }
}

/** Over the agent's last line, for a moment; then the line is drawn again. */
function remind(session: DialledSession, slug: Slug) {
  const show = () => {
    const { columns, rows } = operatorTerminalSize()
    const text = ` joined ${slug}; ${DETACH_KEY} detaches, the run continues `.slice(0, columns)
    void writeOut("stdout", Buffer.from(`\x1b7\x1b[${rows};1H\x1b[2K\x1b[0;7m${text}\x1b[0m\x1b8`))
  }
  // After the first drawing, which comes with the joining.
  const timers = [setTimeout(show, 100), setTimeout(() => session.send({ kind: "redraw" }), REMINDER_MS)]
  return { stop: () => timers.forEach(clearTimeout) }
}

async function explain(host: Host, slug: Slug, leaving: Leaving): Promise<number> {
  const say = (line: string) => host.screen.note(`bot-bottle: ${line}`)
  switch (leaving.kind) {
    case "left":
    case "signal":
      say(`detached from ${slug}, which continues; to attach again: bot-bottle attach ${slug}`)
      return 0
    case "replaced":
      say(`${slug} is attached to another terminal now; to take it back: bot-bottle attach ${slug}`)
      return 0
    case "ended":
      for (const line of leaving.lines) say(line)
      return leaving.exitCode
    case "lost": {
      const { status, endReason } = await openRun(controlHost(host), slug).load()
      throw new OperatorProblem(
        `the launcher of run '${slug}' is gone; the run's status is now ${status}${endReason === undefined ? "" : ` (${endReason})`}`,
        { hint: status === "killed" ? "see 'bot-bottle list --all'" : `to resume it: bot-bottle resume ${slug}` },
      )
    }
  }
}
