// Tests the bottle's isolation from inside, before the agent may: one way must be open, all others
// closed. It reports its findings. When one is not as expected, the launcher refuses to continue
// and this process does not start the agent.
//
//   INV-75  The agent starts only after every check of the isolation self-test passed, and the listed way out
//           was seen to work.
//
// Addresses are of the ranges set aside for documentation: a check that fails reaches nothing.

import { networkInterfaces } from "node:os"
import { writeClientHello } from "./hello-message.ts"
import { RESPONSE_CODE, readResponseCode, writeDnsQuestion } from "./names/dns-message.ts"

export interface SelfTestOrder {
  /** Answered by the proxy itself, as every listed host is: resolved, tunnelled, TLS under the run's CA. */
  readonly listedHost: string
  readonly unlistedHost: string
  /** PEM of the run's CA. */
  readonly caFile: string
}

export const SELF_TEST_CHECKS = ["listed host", "unlisted host", "raw IP", "DNS", "IPv6", "UDP", "fronted SNI"] as const
export type SelfTestCheck = (typeof SELF_TEST_CHECKS)[number]

export interface SelfTestFinding {
  readonly check: SelfTestCheck
  readonly expected: string
  readonly seen: string
  readonly ok: boolean
}

export interface SelfTestPlaces extends SelfTestOrder {
  readonly proxyPort: number
  readonly dnsPort: number
}

/** Addresses that must be out of reach. Others only in tests. */
export interface Outside {
  readonly address: string
  readonly address6: string
  readonly port: number
  readonly interfaces: () => readonly string[]
}

const OUTSIDE: Outside = { address: "198.51.100.1", address6: "2001:db8::1", port: 443, interfaces: outerInterfaces }
const LOOPBACK = "127.0.0.1"
/**
 * All of it takes milliseconds; this is for a proxy, or a check, that does not answer at all. A host that stops one of
 * us for seconds is busy, and its bottle is no less isolated: this is longer than the forwarder's own wait for a name.
 */
const TIMEOUT_MS = 15_000
/** Where there is no route the kernel says so at once; who is still trying has one. */
const REFUSAL_MS = 100
const NO_ROUTE = "no route"

const EXPECTED: Readonly<Record<SelfTestCheck, string>> = {
  "listed host": "200",
  "unlisted host": "403 host-not-allowed",
  "raw IP": NO_ROUTE,
  DNS: "no such name",
  IPv6: NO_ROUTE,
  UDP: NO_ROUTE,
  "fronted SNI": "closed",
}

/** Checks of the bottle itself: they run while the proxy still starts. */
const WITHOUT_PROXY: readonly SelfTestCheck[] = ["raw IP", "IPv6", "UDP"]

/** One finding a check, in their order. Never throws. */
export async function runSelfTest(
  places: SelfTestPlaces,
  proxyAnswers: Promise<unknown>,
  outside: Outside = OUTSIDE,
): Promise<readonly SelfTestFinding[]> {
  const tries: Readonly<Record<SelfTestCheck, () => Promise<string>>> = {
    "listed host": () => askListedHost(places),
    "unlisted host": () => askUnlistedHost(places),
    "raw IP": () => tryStream(outside, outside.address),
    DNS: () => askNameServer(places),
    IPv6: () => tryStream(outside, outside.address6),
    UDP: () => tryDatagram(outside),
    "fronted SNI": () => tryFronting(places),
  }
  return Promise.all(
    SELF_TEST_CHECKS.map(async (check) => {
      const expected = EXPECTED[check]
      if (!WITHOUT_PROXY.includes(check)) await proxyAnswers
      const seen = await withinTimeout(tries[check]())
      return { check, expected, seen, ok: seen === expected }
    }),
  )
}

async function withinTimeout(trying: Promise<string>): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const timer = setTimeout(() => resolve("no answer"), TIMEOUT_MS)
  try {
    return await Promise.race([promise, trying])
  } catch (error) {
    return codeOf(error)
  } finally {
    clearTimeout(timer)
  }
}

/** As the agent's programs do it that know nothing of a proxy. */
async function askListedHost({ listedHost, caFile }: SelfTestPlaces): Promise<string> {
  const ca = await Bun.file(caFile).text()
  const answer = await fetch(`https://${listedHost}/allowlist`, { tls: { ca }, keepalive: false })
  await answer.arrayBuffer()
  return `${answer.status}`
}

async function askUnlistedHost({ unlistedHost, proxyPort }: SelfTestPlaces): Promise<string> {
  const answer = await converse(proxyPort, [connectTo(unlistedHost)], (said) => said.includes("\r\n\r\n"))
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? "no answer"
  const reason = /^x-bot-bottle-reason: (\S+)\r$/im.exec(answer)?.[1]
  return reason === undefined ? status : `${status} ${reason}`
}

/** A tunnel for one name, used with another inside. */
async function tryFronting({ listedHost, unlistedHost, proxyPort }: SelfTestPlaces): Promise<string> {
  const answer = await converse(
    proxyPort,
    [connectTo(listedHost), writeClientHello(unlistedHost)],
    (said) => said.length > said.indexOf("\r\n\r\n") + 4,
  )
  if (!answer.startsWith("HTTP/1.1 200 ")) return `tunnel refused: ${answer.slice(0, 12)}`
  return answer.endsWith("\r\n\r\n") ? "closed" : "answered"
}

async function askNameServer({ unlistedHost, dnsPort }: SelfTestPlaces): Promise<string> {
  const code = Promise.withResolvers<number | undefined>()
  const socket = await Bun.udpSocket({
    connect: { hostname: LOOPBACK, port: dnsPort },
    socket: { data: (_socket, packet) => code.resolve(readResponseCode(packet)) },
  })
  socket.send(writeDnsQuestion(1, unlistedHost))
  try {
    const found = await code.promise
    if (found === RESPONSE_CODE.noSuchName) return "no such name"
    return found === RESPONSE_CODE.ok ? "an address" : `error ${found}`
  } finally {
    socket.close()
  }
}

async function tryStream({ port, interfaces }: Outside, address: string): Promise<string> {
  const [outer] = interfaces()
  if (outer !== undefined) return `interface ${outer}`
  const connecting = Bun.connect({ hostname: address, port, socket: { data() {} } }).then(
    (socket) => {
      socket.terminate()
      return "connected"
    },
    () => "refused",
  )
  const stream = await Promise.race([connecting, Bun.sleep(REFUSAL_MS).then(() => "a route")])
  // Bun calls every failure to connect a refusal; whether it was the kernel's own, the route lookup knows.
  return stream === "refused" ? findRoute(address, port) : stream
}

/** Nothing is sent: connecting a datagram socket only looks the route up. */
async function findRoute(address: string, port: number): Promise<string> {
  const hostname = address.includes(":") ? "::" : "0.0.0.0"
  try {
    const socket = await Bun.udpSocket({ hostname, connect: { hostname: address, port }, socket: { data() {} } })
    socket.close()
    return "a route"
  } catch (error) {
    return codeOf(error)
  }
}

async function tryDatagram({ address, port }: Outside): Promise<string> {
  const failed = Promise.withResolvers<string>()
  const socket = await Bun.udpSocket({ socket: { data() {}, error: (error) => failed.resolve(codeOf(error)) } })
  try {
    const sent = socket.send("self-test", port, address)
    return sent ? "sent" : await Promise.race([failed.promise, Bun.sleep(REFUSAL_MS).then(() => "held back")])
  } catch (error) {
    return codeOf(error)
  } finally {
    socket.close()
  }
}

function codeOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? "failed"
  return ["ENETUNREACH", "EHOSTUNREACH", "EADDRNOTAVAIL", "EAFNOSUPPORT"].includes(code) ? NO_ROUTE : code
}

function outerInterfaces(): readonly string[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.every(({ internal }) => internal) ? [] : [name],
  )
}

function connectTo(host: string): Uint8Array {
  return Buffer.from(`CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}:443\r\n\r\n`)
}

/** The bytes received until they are enough or the connection ends. */
async function converse(
  port: number,
  words: readonly Uint8Array[],
  isEnough: (said: string) => boolean,
): Promise<string> {
  const over = Promise.withResolvers<void>()
  let said = ""
  const socket = await Bun.connect({
    hostname: LOOPBACK,
    port,
    socket: {
      data(_socket, bytes) {
        said += bytes.toString("latin1")
        if (isEnough(said)) over.resolve()
      },
      close: () => over.resolve(),
    },
  })
  socket.write(Buffer.concat(words))
  await over.promise
  socket.terminate()
  return said
}
