// One screen, from its start to its end: it is given what happens on the host, and what it asks
// for is done. Actions run one after the other, each as the command that the operator saw.

import type { HostEvent, ScreenIntent, ScreenOrder, ScreenPlace } from "@bot-bottle/contracts"
import { wordProblem } from "../format-problem.ts"
import type { Host } from "../host.ts"
import { terminalKind } from "../watch/terminal-kind.ts"
import type { Ending } from "./ending.ts"
import { mayBeAskedFor, runInTerminal, runOwnCommand } from "./own-command.ts"
import { startScreen } from "./screen-process.ts"
import type { TerminalKeeper } from "./terminal-keeper.ts"

export interface ScreenOptions {
  readonly host: Host
  readonly commands: readonly string[]
  readonly terminal: TerminalKeeper
  readonly place: ScreenPlace | null
  readonly ending: Ending
}

export interface Shown {
  /** The operator asked for it. */
  readonly hasQuit: boolean
  readonly place: ScreenPlace | null
  readonly exitCode: number
}

const QUIT_TIMEOUT_MS = 2_000
const MAX_EVENTS = 2_000
/** Of an outcome, as the screen takes it. */
const MAX_WORDS = 1_000
/** Of a command that Ctrl-C ended. */
const INTERRUPTED = 130

export async function showScreen({ host, commands, terminal, place, ending }: ScreenOptions): Promise<Shown> {
  const { env } = host
  let last = place
  let hasQuit = false
  let isAside = false
  let actions = Promise.resolve()
  const over = new AbortController()
  const screen = startScreen(env, (intent) => take(intent))
  // The watcher is loaded while the screen opens the terminal, which needs the settings first.
  const watching = sendSetup().then(async () => {
    const { watchHost } = await import("../watch/watch-host.ts")
    const selected = () => last?.selected ?? null
    // The screen itself says that it waits.
    await watchHost({ env, notify: () => {} }, { signal: over.signal, selected, emit: (events) => sendAll(events) })
  })
  // Awaited at the end. Settings that cannot be used end the screen, which has not touched the terminal yet.
  watching.catch(() => screen.kill())

  const quit = () => {
    screen.send({ kind: "quit" })
    const timer = setTimeout(() => screen.kill(), QUIT_TIMEOUT_MS)
    void screen.exited.then(() => clearTimeout(timer))
  }
  ending.signal.addEventListener("abort", quit, { signal: over.signal })
  if (ending.signal.aborted) quit()
  async function sendSetup(): Promise<void> {
    const { readChoices } = await import("./read-choices.ts")
    const { theme: chosen, mouse, keys } = readChoices(env.root)
    const { theme, guess, glyphs } = terminalKind(env, chosen)
    screen.send({ kind: "setup", theme, guess, glyphs, mouse, keys, commands, place })
  }

  function sendAll(events: readonly HostEvent[]): void {
    for (let from = 0; from < events.length; from += MAX_EVENTS) {
      screen.send({ kind: "events", events: events.slice(from, from + MAX_EVENTS) })
    }
  }

  function take(intent: ScreenIntent): void {
    switch (intent.kind) {
      case "ready":
        return
      case "place":
        last = intent.place
        return
      case "quit":
        hasQuit = true
        return
      case "run":
        actThen(() => runAll(intent.commands))
        return
      case "terminal":
        actThen(() => stepAside(() => lendTerminal(intent.commands)))
        return
      case "shell":
        actThen(() => stepAside(toShell))
        return
      case "read-usage":
        void answer(({ readUsage }) => readUsage(env, intent.by))
        return
      case "read-past":
        void answer(({ readPastRuns }) => readPastRuns(env, intent.after))
        return
      case "read-requests":
        void answer(({ readRequests }) => readRequests(env, intent.slug))
        return
      case "read-changes":
        void answer(({ readChanges }) => readChanges(env, intent.slug))
        return
      case "read-page":
        void answer(({ readPage }) => readPage(env, intent))
        return
      default:
        intent satisfies never
    }
  }

  /** One after the other. An action that cannot be carried out says so, and the ones after it still are. */
  function actThen(action: () => Promise<void>): void {
    actions = actions.then(action).catch(tellProblem)
  }

  async function tellProblem(error: unknown): Promise<void> {
    const { message, hint = null } = await wordProblem(error, env.root)
    screen.send({
      kind: "outcome",
      text: message.slice(0, MAX_WORDS),
      hint: hint?.slice(0, MAX_WORDS) ?? null,
      is_problem: true,
    })
  }

  async function answer(read: (from: typeof import("./read-for-screen.ts")) => Promise<ScreenOrder>): Promise<void> {
    try {
      screen.send(await read(await import("./read-for-screen.ts")))
    } catch (error) {
      await tellProblem(error)
    }
  }

  async function runAll(asked: readonly (readonly string[])[]): Promise<void> {
    for (const [index, command] of asked.entries()) {
      if (!mayBeAskedFor(command)) throw new Error(`The screen asked for '${command[0]}', which no key stands for`)
      const { exitCode, message, hint } = await runOwnCommand(env, command)
      const done = exitCode === 0 ? index + 1 : index
      const text = asked.length === 1 ? message : `${done} of ${asked.length} done; ${message}`
      screen.send({
        kind: "outcome",
        text: text.slice(0, MAX_WORDS),
        hint: hint?.slice(0, MAX_WORDS) ?? null,
        is_problem: exitCode !== 0,
      })
      // After a problem, the rest of several actions is not carried out.
      if (exitCode !== 0) return
    }
  }

  /** The screen has the terminal again, whatever became of the work. */
  async function stepAside(work: () => Promise<void>): Promise<void> {
    isAside = true
    try {
      await work()
    } finally {
      // A screen that was asked to end meanwhile does not take the terminal again.
      isAside = ending.signal.aborted
      if (!isAside) screen.send({ kind: "return" })
    }
  }

  /** One after the other; after one that fails, the rest is not carried out. */
  async function lendTerminal(commands: readonly (readonly string[])[]): Promise<void> {
    const unknown = commands.find((command) => !mayBeAskedFor(command))
    if (unknown !== undefined) throw new Error(`The screen asked for '${unknown[0]}', which no key stands for`)
    for (const [index, command] of commands.entries()) {
      if (ending.signal.aborted) return
      const exitCode = await ending.leaveKeysTo(async (hasCome) => {
        const isInterrupted = index === 0 && (await terminal.restore()).isInterrupted
        const { showCommand } = await import("@bot-bottle/view")
        // The operator has changed their mind.
        if (isInterrupted || hasCome()) return INTERRUPTED
        // Over the ^C that ended the command before.
        host.screen.write("\r\x1b[K")
        const onStarted = () => host.screen.print(host.screen.paint.dim(showCommand(command)))
        return await runInTerminal(env, command, { signal: ending.signal, onStarted })
      })
      const isSeen = exitCode === INTERRUPTED || (exitCode === 0 && command[0] !== "logs")
      if (!isSeen && !ending.signal.aborted) {
        host.screen.print(host.screen.paint.dim("Press enter to return to the dashboard."))
        await terminal.untilEnter(ending.signal)
      }
      if (exitCode !== 0) break
    }
  }

  /** The whole group stops, as the shell expects of a Ctrl-Z; `fg` continues it here. */
  async function toShell(): Promise<void> {
    await terminal.restore()
    process.kill(0, "SIGTSTP")
    // A group without a shell over it is not stopped, and continues at once.
    await Bun.sleep(50)
  }

  const exitCode = await screen.exited
  // First: whatever else takes a moment, the operator has the terminal. A command that has it has it until its end.
  const isLent = isAside
  if (!isLent) await terminal.restore()
  over.abort()
  await Promise.all([watching, actions])
  if (isLent) await terminal.restore()
  return { hasQuit, place: last, exitCode }
}
