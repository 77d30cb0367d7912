// The guest's first program: brings loopback connections to the proxy's socket and starts
// the agent. Takes no decision and holds no secret; it and Bun are mounted read-only.
//
//   INV-75  The agent starts only after the proxy's socket has accepted a connection, and the
//           bottle ends with this process: no agent ever runs without its egress plane.
//   The agent starts only after every check of the isolation self-test passed, and the listed way out was seen
//   to work.

import { type Agent, type StartOrder, startAgent } from "./agent.ts"
import {
  CONTROL_CHANNEL_FD,
  FORWARDER_EXIT,
  type GuestMessage,
  type LauncherOrder,
  type TransparentOrder,
  UP,
} from "./control-messages.ts"
import { createExecs, type Execs } from "./exec.ts"
import { listenExplicitly } from "./explicit.ts"
import { createLineReader, createLineWriter } from "./line-socket.ts"
import { openNameServer } from "./names/name-server.ts"
import { createNameTable } from "./names/name-table.ts"
import { askProxy, createRouteLookup } from "./names/route-lookup.ts"
import { MAX_ORDER, parseOrder } from "./parse-order.ts"
import { runSelfTest, type SelfTestFinding } from "./self-test.ts"
import { createTransparent } from "./transparent.ts"

const NO_EGRESS = {
  silent: (socket: string) => `the proxy did not answer at ${socket} in time`,
  forbidden: (socket: string) => `the bottle may not open ${socket}: permission denied`,
} as const
const RETRY_MS = 5
/** A socket that may not be opened for so long never will be. */
const FORBIDDEN_MS = 2_000

let agent: Agent | undefined
let execs: Execs | undefined
let launcher: Bun.Socket | undefined

const messages = createLineWriter((bytes) => launcher?.write(bytes) ?? 0)
const unreadable = () => leave(FORWARDER_EXIT.noEgress, "the launcher sent an order that the guest cannot read")
const orders = createLineReader({
  maxLength: MAX_ORDER,
  onLine(line) {
    const order = parseOrder(line)
    if (order === undefined) unreadable()
    else void obey(order)
  },
  onTooLong: unreadable,
})
const controlChannelHandlers: Bun.FdSocketOptions["socket"] = {
  open(socket) {
    launcher = socket
    socket.write(UP)
  },
  data: (_socket, bytes) => orders.read(bytes),
  drain: () => messages.drain(),
  end: () => leave(FORWARDER_EXIT.noEgress),
  close: () => leave(FORWARDER_EXIT.noEgress),
  error: () => leave(FORWARDER_EXIT.noEgress),
}
// A backend that cannot hand a descriptor over names a socket instead.
const controlChannelSocket = Bun.argv[2]
void Bun.connect(
  controlChannelSocket === undefined
    ? // Bun takes `fd` here; its type declarations leave that overload out.
      ({ fd: CONTROL_CHANNEL_FD, socket: controlChannelHandlers } as unknown as Bun.UnixSocketOptions)
    : { unix: controlChannelSocket, socket: controlChannelHandlers },
)
const send = (message: GuestMessage) => messages.write(JSON.stringify(message))

async function obey(order: LauncherOrder): Promise<void> {
  switch (order.kind) {
    case "start":
      return start(order)
    case "resize":
      return agent?.resize(order.size)
    case "signal":
      return agent?.signal(order.signal)
    case "exec":
    case "exec-input":
    case "exec-room":
    case "exec-resize":
    case "exec-signal":
      return execs?.obey(order)
  }
}

async function start(order: StartOrder): Promise<void> {
  try {
    listenExplicitly({ port: order.proxyPort, egressSocket: order.egressSocket })
    if (order.transparent !== undefined) await listenTransparently(order, order.transparent)
  } catch (error) {
    return leave(FORWARDER_EXIT.noEgress, `cannot listen in the bottle: ${(error as Error).message}`)
  }
  const waiting = waitForEgress(order)
  const findings = runSelfTestOf(
    order,
    waiting.then((egress) => egress === "up"),
  )
  const egress = await waiting
  if (egress !== "up") return leave(FORWARDER_EXIT.noEgress, NO_EGRESS[egress](order.egressSocket))
  if (!didSelfTestPass(await findings)) return leave(FORWARDER_EXIT.isolationFailed)
  try {
    agent = startAgent(order)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const exitCode = code === "ENOENT" ? FORWARDER_EXIT.agentNotFound : FORWARDER_EXIT.agentNotExecutable
    return leave(exitCode, `cannot start the agent: ${message}`)
  }
  execs = createExecs(order, send)
  send({ kind: "started" })
  leave(await agent.exited)
}

async function listenTransparently(
  { egressSocket }: StartOrder,
  { proxyHost, dnsPort, ports }: TransparentOrder,
): Promise<void> {
  const names = createNameTable()
  const transparent = createTransparent({ egressSocket, names, unnamedHost: `unnamed.${proxyHost}` })
  for (const port of ports) transparent.listen(port)
  const lookup = createRouteLookup({ ask: (name) => askProxy(egressSocket, proxyHost, name), nowMs: Date.now })
  await openNameServer({ port: dnsPort, lookup, names, onPorts: transparent.listenWherePossible })
}

/** Begun while the proxy still starts; undefined when nobody asked. */
function runSelfTestOf(
  { selfTest, proxyPort, transparent }: StartOrder,
  egress: Promise<boolean>,
): Promise<readonly SelfTestFinding[]> | undefined {
  if (selfTest === undefined) return undefined
  return runSelfTest({ ...selfTest, proxyPort, dnsPort: transparent?.dnsPort ?? 0 }, egress)
}

function didSelfTestPass(findings: readonly SelfTestFinding[] | undefined): boolean {
  if (findings === undefined) return true
  send({ kind: "self-test", findings })
  return findings.every(({ ok }) => ok)
}

type Egress = "up" | "silent" | "forbidden"

async function waitForEgress({ egressSocket, egressTimeoutMs }: StartOrder): Promise<Egress> {
  const deadline = Date.now() + egressTimeoutMs
  let forbiddenSinceMs: number | undefined
  while (Date.now() < deadline) {
    try {
      const probe = await Bun.connect({ unix: egressSocket, socket: { data() {} } })
      probe.end()
      return "up"
    } catch (error) {
      // Not listening yet: the proxy starts while the bottle does. It opens its socket to us a moment after it listens.
      const isForbidden = (error as NodeJS.ErrnoException).code === "EACCES"
      forbiddenSinceMs = isForbidden ? (forbiddenSinceMs ?? Date.now()) : undefined
      if (forbiddenSinceMs !== undefined && Date.now() - forbiddenSinceMs > FORBIDDEN_MS) return "forbidden"
      await Bun.sleep(RETRY_MS)
    }
  }
  return "silent"
}

function leave(exitCode: number, message?: string): void {
  if (message !== undefined) console.error(`bot-bottle: error: ${message}`)
  process.exit(exitCode)
}
