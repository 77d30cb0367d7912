// A real terminal for tests of what people see: a tmux of its own, driven key by key and read
// as the screen it would show.

import { join } from "node:path"
import { PATH } from "./env.ts"
import { type ProgramResult, runProgram } from "./program.ts"
import { openTempFolder } from "./temp-folder.ts"
import { waitFor } from "./wait-for.ts"

export interface TerminalOptions {
  readonly cwd?: string
  /** The whole environment of the program, but for PATH and TERM. */
  readonly env?: Readonly<Record<string, string>>
  readonly columns?: number
  readonly rows?: number
}

/** Disposing ends the program and its tmux. */
export interface Terminal extends AsyncDisposable {
  /** Keys as tmux names them: `Enter`, `Space`, `Up`, `Escape`, `C-c`, `a`. */
  press(...keys: readonly string[]): Promise<void>
  /** Text, letter by letter. */
  type(text: string): Promise<void>
  /**
   * Types a line, waits until the screen shows it, and presses Enter. Some programs take keys that come in one piece
   * for a paste, and an Enter among them for a new line. The line must not stand on the screen before.
   */
  enter(line: string, options?: { readonly deadlineMs?: number }): Promise<void>
  /**
   * The text on the screen now, without trailing blanks. `styled` keeps the escape sequences, `scrolled` adds the lines
   * that were scrolled off.
   */
  screen(options?: { readonly styled?: boolean; readonly scrolled?: boolean }): Promise<string>
  /** The first screen that holds it; throws with the last screen after `deadlineMs`. */
  untilScreen(wanted: string | RegExp, options?: { readonly deadlineMs?: number }): Promise<string>
  /** The exit code, when the program has ended; throws with the last screen after `deadlineMs`. */
  untilExit(options?: { readonly deadlineMs?: number }): Promise<number>
  resize(columns: number, rows: number): Promise<void>
}

const LAST_OUTPUT_MS = 1_000

export async function openTerminal(argv: readonly string[], options: TerminalOptions = {}): Promise<Terminal> {
  const folder = await openTempFolder()
  const socket = join(folder.path, "tmux.sock")
  const config = join(folder.path, "tmux.conf")
  // The screen must outlive the program, or its last words cannot be read. For a line of its own about the end, tmux
  // would scroll the first row off the screen.
  const lines = ["remain-on-exit on", 'remain-on-exit-format ""', "default-terminal xterm-256color", "status off"]
  await Bun.write(config, lines.map((line) => `set -gq ${line}\n`).join(""))
  const tmux = async (...args: readonly string[]): Promise<ProgramResult> => {
    const result = await runProgram(["tmux", "-S", socket, "-f", config, ...args], { env: { LC_ALL: "C.UTF-8" } })
    if (result.exitCode !== 0) throw new Error(`tmux ${args.join(" ")}: ${result.stderr}`)
    return result
  }

  const { columns = 100, rows = 30 } = options
  const env = {
    PATH,
    TERM: "xterm-256color",
    LC_ALL: "C.UTF-8",
    ...options.env,
  }
  const assignments = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  // More than one word: tmux then runs it as it is, without a shell.
  const command = ["env", "-i", ...assignments, ...argv]
  const place = options.cwd === undefined ? [] : ["-c", options.cwd]
  await tmux("new-session", "-d", "-x", `${columns}`, "-y", `${rows}`, ...place, "--", ...command)

  const screen = async ({ styled = false, scrolled = false } = {}) => {
    const { stdout } = await tmux("capture-pane", "-p", ...(styled ? ["-e"] : []), ...(scrolled ? ["-S", "-"] : []))
    return stdout.replace(/[ \t]+$/gm, "").trimEnd()
  }

  const press = async (...keys: readonly string[]) => void (await tmux("send-keys", ...keys))
  const type = async (text: string) => void (await tmux("send-keys", "-l", text))
  const untilScreen: Terminal["untilScreen"] = async (wanted, { deadlineMs } = {}) => {
    let last = ""
    const holds = () => (typeof wanted === "string" ? last.includes(wanted) : wanted.test(last))
    const look = async () => {
      last = await screen()
      return holds() ? last : undefined
    }
    return waitFor(`${wanted} on the screen`, look, {
      ...(deadlineMs === undefined ? {} : { deadlineMs }),
      describe: () => last,
    })
  }

  return {
    screen,
    press,
    type,
    untilScreen,
    async enter(line, options) {
      if ((await screen()).includes(line)) throw new Error(`The screen holds it already: ${line}`)
      await type(line)
      await untilScreen(line, options)
      await press("Enter")
    },
    resize: async (x, y) => void (await tmux("resize-window", "-x", `${x}`, "-y", `${y}`)),
    async untilExit({ deadlineMs } = {}) {
      let last = ""
      let endedAtMs: number | undefined
      const look = async () => {
        last = await screen()
        const asked = "#{pid} #{pane_dead} #{pane_dead_status} #{pane_dead_signal}"
        const { stdout } = await tmux("display-message", "-p", asked)
        const [, server, isDead, status, signal] = stdout.match(/^(\d+) (\d*) (\d*) (\d*)/) ?? []
        const exitCode = signal ? 128 + Number(signal) : status ? Number(status) : undefined
        if (exitCode !== undefined) {
          // tmux may know the status before it has read all that the program wrote. Somebody else may keep the terminal.
          endedAtMs ??= performance.now()
          if (isDead === "1" || performance.now() - endedAtMs > LAST_OUTPUT_MS) return { exitCode }
        }
        // tmux 3.3 loses a child's end now and then: this makes it look again.
        process.kill(Number(server), "SIGCHLD")
        return undefined
      }
      const ended = await waitFor("the program in the terminal to end", look, {
        ...(deadlineMs === undefined ? {} : { deadlineMs }),
        describe: () => last,
      })
      return ended.exitCode
    },
    async [Symbol.asyncDispose]() {
      await runProgram(["tmux", "-S", socket, "kill-server"])
      await folder[Symbol.asyncDispose]()
    },
  }
}
