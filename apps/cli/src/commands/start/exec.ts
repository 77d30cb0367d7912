// `exec`: one command inside a run's bottle, beside the agent, with our stdin, stdout and stderr;
// on a terminal of its own when we are on one. Its exit code is ours.

import { canReadStdin, openOperatorTerminal, operatorTerminalSize } from "@bot-bottle/bottle"
import { OperatorProblem, type Slug, terminalVariables } from "@bot-bottle/contracts"
import { EXEC_CHUNK_BYTES, EXEC_WINDOW_BYTES } from "@bot-bottle/contracts/messages/session"
import { type DialledSession, openRun, sendInput } from "@bot-bottle/control"
import { codeOf } from "@bot-bottle/kernel"
import { controlHost } from "../../control-host.ts"
import type { Host } from "../../host.ts"
import { isPerson, writeOut } from "../../terminal/own-stdio.ts"

export async function runExec(host: Host, slug: Slug, argv: readonly string[]): Promise<number> {
  if (argv.length === 0) {
    throw new OperatorProblem("exec needs a command", {
      exitCode: 2,
      hint: `for example: bot-bottle exec ${slug} -- ls -la`,
    })
  }
  const onTerminal = isPerson()
  using session = await openRun(controlHost(host), slug).runCommand({
    argv,
    env: onTerminal ? terminalVariables(host.env.find) : {},
    ...(onTerminal ? { terminal: operatorTerminalSize() } : {}),
  })
  const unreadable = Promise.withResolvers<never>()
  const input = onTerminal ? relayTerminal(session) : relayStdin(session, unreadable.reject)
  let exitCode: number | undefined
  try {
    exitCode = await Promise.race([relayOutput(session, input.taken), unreadable.promise])
  } finally {
    input.close(exitCode)
  }
  return exitCode
}

/** Its exit code. */
async function relayOutput(session: DialledSession, onTaken: (bytes: number) => void): Promise<number> {
  for await (const message of session.messages) {
    switch (message.kind) {
      case "refused":
        throw new OperatorProblem(message.message, { hint: message.hint })
      case "output": {
        const bytes = Buffer.from(message.data, "base64")
        await writeOut(message.stream, bytes)
        session.send({ kind: "took", bytes: bytes.byteLength })
        break
      }
      case "taken":
        onTaken(message.bytes)
        break
      case "exited":
        return message.exitCode
      case "joined":
      case "skipped":
      case "replaced":
      case "ended":
        break
    }
  }
  throw new OperatorProblem("the run's launcher is gone, and the command with it", {
    hint: "see 'bot-bottle list --all'",
  })
}

interface Input {
  taken(bytes: number): void
  close(exitCode: number | undefined): void
}

function relayTerminal(session: DialledSession): Input {
  const terminal = openOperatorTerminal({
    onInput: (bytes) => sendInput(session, bytes),
    onResize: (size) => session.send({ kind: "resize", size }),
    // Our connection's end is its hang-up.
    onHangUp: () => session[Symbol.dispose](),
  })
  return { taken: () => {}, close: (exitCode) => terminal.close({ killed: exitCode === undefined || exitCode >= 128 }) }
}

/**
 * No more under way than the command has room for, so that an endless stdin waits on our side. `onUnreadable` gets an
 * OperatorProblem: the command must not take the part that was read for the whole.
 */
function relayStdin(session: DialledSession, onUnreadable: (problem: OperatorProblem) => void): Input {
  const forward = (signal: "SIGINT" | "SIGTERM") => () => session.send({ kind: "signal", signal })
  const handlers = { SIGINT: forward("SIGINT"), SIGTERM: forward("SIGTERM") }
  for (const [name, handler] of Object.entries(handlers)) process.on(name, handler)

  let underWay = 0
  let room = Promise.withResolvers<void>()
  const send = async (bytes: Uint8Array) => {
    while (underWay >= EXEC_WINDOW_BYTES / 2) {
      room = Promise.withResolvers()
      await room.promise
    }
    underWay += bytes.byteLength
    sendInput(session, bytes)
  }
  // Read piece by piece: a paused process.stdin does not always continue. A piece of a file is larger than the window.
  const relay = async () => {
    for await (const bytes of canReadStdin() ? Bun.stdin.stream() : [])
      for (let from = 0; from < bytes.byteLength; from += EXEC_CHUNK_BYTES)
        await send(bytes.subarray(from, from + EXEC_CHUNK_BYTES))
    session.send({ kind: "input", data: "" })
  }
  relay().catch((cause) =>
    onUnreadable(new OperatorProblem(`standard input cannot be read (${codeOf(cause)})`, { cause })),
  )
  return {
    taken(bytes) {
      underWay -= bytes
      room.resolve()
    },
    close() {
      for (const [name, handler] of Object.entries(handlers)) process.off(name, handler)
    },
  }
}
