// Starts the agent inside the bottle, on plain stdio or on a terminal of its own.

import { writeSync } from "node:fs"
import type { LauncherOrder, TerminalSize } from "./control-messages.ts"
import { keepRunning } from "./keep-running.ts"

/** From util-linux, as the bottle sees it. */
export const PRLIMIT = "/usr/bin/prlimit"

export type StartOrder = Extract<LauncherOrder, { kind: "start" }>

export interface Agent {
  /** Its exit code; 128 + n when signal n ended it. */
  readonly exited: Promise<number>
  signal(name: NodeJS.Signals): void
  resize(size: TerminalSize): void
}

/** Throws when the program cannot be started. */
export function startAgent(order: StartOrder): Agent {
  return order.terminal === undefined ? startPlain(order) : startOnTerminal(order, order.terminal)
}

function startPlain(order: StartOrder): Agent {
  const child = Bun.spawn(limitedArgv(order), {
    cwd: order.cwd,
    env: { ...order.env },
    stdio: ["inherit", "inherit", "inherit"],
  })
  return { exited: child.exited, signal: (name) => child.kill(name), resize: () => {} }
}

/** How long output may still come after the agent itself has ended; its children may hold the terminal. */
const LAST_OUTPUT_MS = 200

function startOnTerminal(order: StartOrder, size: TerminalSize): Agent {
  const drained = Promise.withResolvers<void>()
  const child = Bun.spawn(limitedArgv(order), {
    cwd: order.cwd,
    env: { ...order.env },
    terminal: {
      cols: size.columns,
      rows: size.rows,
      name: order.env["TERM"] ?? "xterm-256color",
      data: (_terminal, bytes) => writeWhole(bytes),
      exit: () => drained.resolve(),
    },
  })
  keepRunning(child.pid, child.exited)
  void relayInput(child.terminal)
  const exited = child.exited.then(async (code) => {
    await Promise.race([drained.promise, Bun.sleep(LAST_OUTPUT_MS)])
    return code
  })
  return {
    exited,
    signal: (name) => child.kill(name),
    resize: ({ columns, rows }) => child.terminal?.resize(columns, rows),
  }
}

async function relayInput(terminal: Bun.Terminal | undefined): Promise<void> {
  for await (const bytes of Bun.stdin.stream()) terminal?.write(bytes)
}

/** Blocks while the pipe is full: that is what slows the agent down to the operator's terminal. */
function writeWhole(bytes: Uint8Array): void {
  for (let from = 0; from < bytes.byteLength; ) {
    try {
      from += writeSync(1, bytes, from)
    } catch (error) {
      // The launcher no longer reads; the bottle ends through the control channel.
      if ((error as NodeJS.ErrnoException).code === "EPIPE") return
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error
    }
  }
}

/** With the limits in front. Throws ENOENT when there is no such program. */
export function limitedArgv({
  argv,
  rlimits,
  env,
  cwd,
}: Pick<StartOrder, "argv" | "rlimits" | "env" | "cwd">): string[] {
  const [program = "", ...rest] = argv
  // Looked up here, so that "not found" is our message and not prlimit's.
  const path = Bun.which(program, { PATH: env["PATH"] ?? "", cwd })
  if (path === null) throw Object.assign(new Error(`${program}: not found`), { code: "ENOENT" })
  return rlimits.length === 0 ? [path, ...rest] : [PRLIMIT, ...rlimits, "--", path, ...rest]
}
