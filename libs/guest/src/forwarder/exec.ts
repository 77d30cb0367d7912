// Commands that the operator runs inside the bottle, beside the agent. They are children of this
// process, so they have what the agent has: the same namespaces, filter, limits and user, no more.
//
// Output waits in its pipe until the launcher has room for it. A terminal cannot be made to wait;
// of one that nobody reads, a bounded amount is kept and the rest is skipped.

import { closeSync } from "node:fs"
import { limitedArgv, type StartOrder } from "./agent.ts"
import {
  EXEC_CHUNK_BYTES,
  EXEC_WINDOW_BYTES,
  type ExecOrder,
  FORWARDER_EXIT,
  type GuestMessage,
} from "./control-messages.ts"
import { keepRunning } from "./keep-running.ts"
import { openPipe, type Pipe } from "./pipe.ts"

type Command = Extract<ExecOrder, { kind: "exec" }>
type Report = (word: GuestMessage) => void

interface Running {
  input(bytes: Uint8Array): void
  room(bytes: number): void
  resize(columns: number, rows: number): void
  signal(name: NodeJS.Signals): void
}

export interface Execs {
  obey(order: ExecOrder): void
}

export function createExecs(agent: StartOrder, report: Report): Execs {
  const running = new Map<number, Running>()
  const open = (order: Command) => {
    try {
      const run = order.terminal === undefined ? runPlain : runOnTerminal
      running.set(
        order.id,
        run(agent, order, report, () => running.delete(order.id)),
      )
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      const data = Buffer.from(`bot-bottle: error: ${message}\n`).toString("base64")
      report({ kind: "exec-output", id: order.id, stream: "stderr", data })
      const exitCode = code === "ENOENT" ? FORWARDER_EXIT.agentNotFound : FORWARDER_EXIT.agentNotExecutable
      report({ kind: "exec-exit", id: order.id, exitCode })
    }
  }
  return {
    obey(order) {
      switch (order.kind) {
        case "exec":
          return open(order)
        case "exec-input":
          return running.get(order.id)?.input(Buffer.from(order.data, "base64"))
        case "exec-room":
          return running.get(order.id)?.room(order.bytes)
        case "exec-resize":
          return running.get(order.id)?.resize(order.size.columns, order.size.rows)
        case "exec-signal":
          return running.get(order.id)?.signal(order.signal)
      }
    },
  }
}

/** How long output may still come after the command itself has ended; its children may hold the pipes. */
const LAST_OUTPUT_MS = 200

function runPlain(agent: StartOrder, order: Command, report: Report, onEnd: () => void): Running {
  const [input, output, errors] = [openPipe(), openPipe(), openPipe()]
  let child: Bun.Subprocess
  try {
    child = Bun.spawn(limitedArgv({ ...agent, ...merged(agent, order) }), {
      cwd: agent.cwd,
      env: merged(agent, order).env,
      stdio: [input.readFd, output.writeFd, errors.writeFd],
      // A group of its own, which a signal reaches as a whole.
      detached: true,
    })
  } catch (error) {
    for (const fd of [input.writeFd, output.readFd, errors.readFd]) closeSync(fd)
    throw error
  } finally {
    for (const fd of [input.readFd, output.writeFd, errors.writeFd]) closeSync(fd)
  }
  const room = createRoom()
  let lastMs = Date.now()
  const relay = async (pipe: Pipe, stream: "stdout" | "stderr") => {
    for await (const bytes of Bun.file(pipe.readFd).stream()) {
      for (const piece of piecesOf(bytes)) {
        await room.take(piece.byteLength)
        report({ kind: "exec-output", id: order.id, stream, data: Buffer.from(piece).toString("base64") })
      }
      lastMs = Date.now()
    }
    closeSync(pipe.readFd)
  }
  const drained = Promise.all([relay(output, "stdout"), relay(errors, "stderr")]).then(() => true)
  void child.exited.then(async (exitCode) => {
    lastMs = Date.now()
    while (!(await Promise.race([drained, Bun.sleep(LAST_OUTPUT_MS).then(() => false)]))) {
      if (!room.isWaited() && Date.now() - lastMs >= LAST_OUTPUT_MS) break
    }
    stdin.close()
    onEnd()
    report({ kind: "exec-exit", id: order.id, exitCode })
  })
  const stdin = createInput(input, (bytes) => report({ kind: "exec-room", id: order.id, bytes }))
  return {
    input: stdin.write,
    room: room.give,
    resize: () => {},
    signal: (name) => signalGroup(child.pid, name),
  }
}

/** Of a terminal's output, kept for a launcher that has no room. */
const KEPT_BYTES = 4 * 1024 * 1024
const SKIPPED = Buffer.from("\r\n[output skipped]\r\n")

function runOnTerminal(agent: StartOrder, order: Command, report: Report, onEnd: () => void): Running {
  const room = createRoom()
  const { env } = merged(agent, order)
  let kept: Uint8Array[] = []
  let keptBytes = 0
  let sending: Promise<void> | undefined
  const send = async () => {
    for (let bytes = kept.shift(); bytes !== undefined; bytes = kept.shift()) {
      keptBytes -= bytes.byteLength
      for (const piece of piecesOf(bytes)) {
        await room.take(piece.byteLength)
        const data = Buffer.from(piece).toString("base64")
        report({ kind: "exec-output", id: order.id, stream: "stdout", data })
      }
    }
    sending = undefined
  }
  const keep = (bytes: Uint8Array) => {
    if (keptBytes > KEPT_BYTES) {
      kept = [SKIPPED]
      keptBytes = SKIPPED.byteLength
    }
    kept.push(bytes.slice())
    keptBytes += bytes.byteLength
    sending ??= send()
  }
  const closed = Promise.withResolvers<void>()
  const child = Bun.spawn(limitedArgv({ ...agent, ...merged(agent, order) }), {
    cwd: agent.cwd,
    env,
    terminal: {
      cols: order.terminal?.columns ?? 80,
      rows: order.terminal?.rows ?? 24,
      name: env["TERM"] ?? "xterm-256color",
      data: (_terminal, bytes) => keep(bytes),
      exit: () => closed.resolve(),
    },
  })
  keepRunning(child.pid, child.exited)
  void child.exited.then(async (exitCode) => {
    await Promise.race([closed.promise, Bun.sleep(LAST_OUTPUT_MS)])
    await sending
    onEnd()
    report({ kind: "exec-exit", id: order.id, exitCode })
  })
  return {
    input(bytes) {
      // Ctrl-D ends a terminal's input.
      if (bytes.byteLength === 0) return
      child.terminal?.write(bytes)
      report({ kind: "exec-room", id: order.id, bytes: bytes.byteLength })
    },
    room: room.give,
    resize: (columns, rows) => child.terminal?.resize(columns, rows),
    signal: (name) => signalGroup(child.pid, name),
  }
}

function merged(agent: StartOrder, { argv, env }: Command) {
  return { argv, env: { ...agent.env, ...env } }
}

function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < bytes.byteLength; from += EXEC_CHUNK_BYTES)
    yield bytes.subarray(from, from + EXEC_CHUNK_BYTES)
}

/** Bytes that may still be sent before the launcher reports that it has taken some. */
function createRoom() {
  let left = EXEC_WINDOW_BYTES
  const waiting: { readonly bytes: number; readonly go: () => void }[] = []
  const serve = () => {
    for (let next = waiting[0]; next !== undefined && next.bytes <= left; next = waiting[0]) {
      waiting.shift()
      left -= next.bytes
      next.go()
    }
  }
  return {
    take(bytes: number): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.push({ bytes, go: resolve })
      serve()
      return promise
    },
    give(bytes: number): void {
      left += bytes
      serve()
    },
    isWaited: () => waiting.length > 0,
  }
}

function createInput({ writeFd }: Pipe, onTaken: (bytes: number) => void) {
  const sink = Bun.file(writeFd).writer()
  let isOpen = true
  let last: Promise<unknown> = Promise.resolve()
  const end = async () => {
    if (!isOpen) return
    isOpen = false
    try {
      await sink.end()
    } catch {
      // It stopped reading: nothing is left to be flushed.
    }
    closeSync(writeFd)
  }
  const put = async (bytes: Uint8Array) => {
    try {
      if (isOpen) await Promise.all([sink.write(bytes), sink.flush()])
    } catch {
      // It stopped reading. The rest is taken and dropped, as a shell's pipe would.
      await end()
    }
    onTaken(bytes.byteLength)
  }
  return {
    write(bytes: Uint8Array): void {
      last = last.then(() => (bytes.byteLength === 0 ? end() : put(bytes)))
    },
    close(): void {
      void end()
    },
  }
}

function signalGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name)
  } catch {
    // It has ended.
  }
}
