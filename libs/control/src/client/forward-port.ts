// `forward`: a port of the host's loopback that leads to a server in a run's bottle.
//
// One program in the bottle carries every connection, over the session socket. Its frames may be the
// agent's own: they are taken within bounds, and only the host begins a connection.

import { GUEST } from "@bot-bottle/bottle"
import { guestProgram, OperatorProblem, type SessionOutput } from "@bot-bottle/contracts"
import { createFrameReader, createMultiplexer, type ForwardedConnection } from "@bot-bottle/guest"
import { type DialledSession, sendInput } from "./dial-session.ts"

export interface ForwardOptions {
  readonly hostPort: number
  /** A message of the program in the bottle, for a person; unfiltered. */
  readonly onNote: (text: string) => void
  readonly onListening: () => void
  /** Ends it. */
  readonly signal: AbortSignal
}

/** The bottle's own: its way out, which no program of the host's is to use. */
const OWN_PORTS: readonly number[] = [GUEST.proxyPort, GUEST.dnsPort, ...GUEST.webPorts]

/** The command to run in the bottle. Throws OperatorProblem for a port that leads to no server of the agent's. */
export function forwardCommand(port: number): readonly string[] {
  if (OWN_PORTS.includes(port)) {
    throw new OperatorProblem(`port ${port} of a bottle is its own way out, not a server of the agent's`, {
      exitCode: 2,
      hint: "have the agent's server listen on another port, such as 3000",
    })
  }
  return guestProgram(GUEST.runtime, "forward-port", `${port}`)
}

/** Until the signal aborts. Throws OperatorProblem when the port is taken, and when the run ends before. */
export async function forwardPort(session: DialledSession, options: ForwardOptions): Promise<void> {
  const { hostPort, onNote, signal } = options
  let invalid = false
  const onInvalid = () => {
    invalid = true
    session[Symbol.dispose]()
  }
  const multiplexer = createMultiplexer({ send: (bytes) => sendInput(session, bytes), onInvalid })
  const reader = createFrameReader(multiplexer.take, onInvalid)
  const listener = listen(hostPort, multiplexer)
  const stop = () => session[Symbol.dispose]()
  signal.addEventListener("abort", stop, { once: true })
  options.onListening()
  try {
    for await (const message of session.messages) {
      if (isOver(message)) break
      if (message.kind !== "output") continue
      const bytes = Buffer.from(message.data, "base64")
      if (message.stream === "stdout") reader.read(bytes)
      else onNote(bytes.toString("utf8"))
      session.send({ kind: "took", bytes: bytes.byteLength })
    }
  } finally {
    signal.removeEventListener("abort", stop)
    listener.stop(true)
    multiplexer.endAll()
  }
  if (signal.aborted) return
  throw new OperatorProblem(
    invalid ? "the bottle sent what no bottle sends, so forwarding ended" : "the run has ended, and forwarding with it",
    { hint: "see 'bot-bottle list --all'" },
  )
}

function isOver(message: SessionOutput): boolean {
  if (message.kind === "refused") throw new OperatorProblem(message.message, { hint: message.hint })
  return message.kind === "exited" || message.kind === "ended"
}

/** On the loopback alone: whoever is on the operator's network has no business with an agent's server. */
function listen(port: number, multiplexer: ReturnType<typeof createMultiplexer>) {
  try {
    return Bun.listen<ForwardedConnection>({
      hostname: "127.0.0.1",
      port,
      allowHalfOpen: true,
      socket: { ...multiplexer.handlers, open: (socket) => multiplexer.accept(socket) },
    })
  } catch (cause) {
    throw new OperatorProblem(`port ${port} of this host cannot be listened on: ${(cause as Error).message}`, {
      hint: "add another port of this host after a colon, such as 3000:8080",
      cause,
    })
  }
}
