// The bottle's only name server, on loopback. Names the host lets the bottle reach get an
// address of the bottle's own. All others share one, where the host's refusal is read.
//
//   INV-101  Nothing is forwarded: an answer is made from the host's word on the name and from
//            addresses of the bottle's own, whatever the type. No question ever leaves.

import type { Socket } from "bun"
import { type DnsRequest, RESPONSE_CODE, readDnsRequest, TYPE_A, writeDnsAnswer } from "./dns-message.ts"
import { type NameTable, UNLISTED_ADDRESS } from "./name-table.ts"
import type { RouteLookup } from "./route-lookup.ts"

export interface NameServerOptions {
  readonly port: number
  readonly lookup: RouteLookup
  readonly names: NameTable
  /** Told before an answer with an address is sent: connections to these ports may come next. */
  readonly onPorts: (ports: readonly number[]) => void
}

export interface NameServer {
  readonly port: number
  close(): void
}

/** More than a question can need: a 255-byte name and room for what clients add behind it. */
const LONGEST_QUESTION = 1_024
const MAX_CONNECTIONS = 64
const MAX_QUEUED = 32
const IDLE_S = 10

const HOSTNAME = "127.0.0.1"

export async function openNameServer(options: NameServerOptions): Promise<NameServer> {
  const answer = (packet: Uint8Array) => answerPacket(packet, options)
  // First: of a port that is chosen for us, streams may find the number taken, and datagrams hardly ever.
  const streams = openStreams(options.port, answer)
  const datagrams = await Bun.udpSocket({
    hostname: HOSTNAME,
    port: streams.port,
    socket: {
      async data(socket, packet, port, address) {
        const reply = await answer(packet)
        if (reply !== undefined && !socket.closed) sendOrLose(socket, reply, port, address)
      },
      error() {
        // A client that went away before its answer.
      },
    },
  })
  return {
    port: datagrams.port,
    close() {
      datagrams.close()
      streams.stop(true)
    },
  }
}

/**
 * Lost when it finds no room, or nobody there any more: so are datagrams. A client that still needs
 * the answer asks again.
 */
function sendOrLose(socket: Bun.udp.Socket<"buffer">, reply: Uint8Array, port: number, address: string): void {
  try {
    socket.send(reply, port, address)
  } catch {
    // The kernel tells us here of an earlier client that went away.
  }
}

async function answerPacket(packet: Uint8Array, options: NameServerOptions): Promise<Uint8Array | undefined> {
  if (packet.length > LONGEST_QUESTION) return undefined
  const request = readDnsRequest(packet)
  if (request.kind === "ignored") return undefined
  return request.kind === "refusal" ? writeDnsAnswer(request, request.code) : answerQuestion(request, options)
}

async function answerQuestion(
  request: Extract<DnsRequest, { kind: "question" }>,
  { lookup, names, onPorts }: NameServerOptions,
): Promise<Uint8Array> {
  const { name, type } = request
  if (name === "localhost" || name.endsWith(".localhost"))
    return writeDnsAnswer(request, RESPONSE_CODE.ok, type === TYPE_A ? HOSTNAME : undefined)

  const found = await lookup.find(name)
  if (found === undefined) return writeDnsAnswer(request, RESPONSE_CODE.serverFailure)
  const { ports, isUnlisted } = found
  if (isUnlisted) return writeDnsAnswer(request, RESPONSE_CODE.ok, type === TYPE_A ? UNLISTED_ADDRESS : undefined)
  if (ports.length === 0) return writeDnsAnswer(request, RESPONSE_CODE.noSuchName)
  // Only addresses of the old kind: one loopback interface, one pool. An empty answer sends clients to that.
  if (type !== TYPE_A) return writeDnsAnswer(request, RESPONSE_CODE.ok)
  const address = names.addressOf(name)
  if (address === undefined) return writeDnsAnswer(request, RESPONSE_CODE.serverFailure)
  onPorts(ports)
  return writeDnsAnswer(request, RESPONSE_CODE.ok, address)
}

/** Bytes of one TCP client that are not answered yet. */
interface Client {
  held: Buffer
  queued: number
  answering: Promise<void>
}

function openStreams(port: number, answer: (packet: Uint8Array) => Promise<Uint8Array | undefined>) {
  let connections = 0

  function read(socket: Socket<Client>, bytes: Uint8Array): void {
    const client = socket.data
    client.held = Buffer.concat([client.held, bytes])
    while (client.held.length >= 2) {
      const length = client.held.readUInt16BE(0)
      if (length > LONGEST_QUESTION || client.queued >= MAX_QUEUED) return void socket.terminate()
      if (client.held.length < 2 + length) return
      const packet = Buffer.from(client.held.subarray(2, 2 + length))
      client.held = client.held.subarray(2 + length)
      client.queued += 1
      // One after the other: answers leave in the order the questions came.
      client.answering = client.answering.then(() => reply(socket, packet))
    }
  }

  async function reply(socket: Socket<Client>, packet: Uint8Array): Promise<void> {
    const message = await answer(packet)
    socket.data.queued -= 1
    if (message === undefined) return void socket.terminate()
    const framed = Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message])
    // A client that lets its answers pile up is not waited for.
    if (socket.write(framed) !== framed.length) socket.terminate()
  }

  return Bun.listen<Client>({
    hostname: HOSTNAME,
    port,
    allowHalfOpen: true,
    socket: {
      open(socket) {
        socket.data = { held: Buffer.alloc(0), queued: 0, answering: Promise.resolve() }
        connections += 1
        socket.timeout(IDLE_S)
        if (connections > MAX_CONNECTIONS) socket.terminate()
      },
      data: read,
      end: (socket) => void socket.data.answering.then(() => socket.end()),
      timeout: (socket) => void socket.terminate(),
      close: () => {
        connections -= 1
      },
      error: (socket) => void socket.terminate(),
    },
  })
}
