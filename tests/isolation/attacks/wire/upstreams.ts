// The far side: hosts on loopback addresses of a private network namespace, which write down
// every request that reaches them, how it was addressed, and nothing else.

import { createServer as createTcpServer, type Server, type Socket } from "node:net"
import { createServer as createTlsServer, type TLSSocket } from "node:tls"
import { createTestCa } from "@bot-bottle/proxy/testing"

export interface Seen {
  /** The host it reached, as the namespace's names say. */
  readonly at: string
  /** Undefined without TLS, `""` when the client named none. */
  readonly serverName: string | undefined
  readonly method: string
  readonly target: string
  /** Lower-case names; several of one name are joined with a comma. */
  readonly headers: Readonly<Record<string, string>>
}

export interface Upstreams extends AsyncDisposable {
  readonly caPem: string
  readonly seen: readonly Seen[]
}

const HOUR_MS = 3_600_000

/** Name → address. Written to the namespace's /etc/hosts. */
// biome-ignore format: a table
export const ADDRESSES: Readonly<Record<string, string>> = {
  "listed.test":           "127.0.0.11",
  "other.test":            "127.0.0.12",
  "a.wild.test":           "127.0.0.14",
  "rules.test":            "127.0.0.15",
  "key.test":              "127.0.0.16",
  "model.test":            "127.0.0.17",
  "expired.test":          "127.0.0.21",
  "wrongname.test":        "127.0.0.22",
  "stranger.test":         "127.0.0.23",
  "redirect.test":         "127.0.0.24",
  // Listed by name, and yet not to be dialled.
  "loopback.test":         "127.0.0.9",
  "mapped.test":           "::ffff:127.0.0.9",
  "sixth.test":            "::1",
  // Not listed.
  "evil.test":             "127.0.0.66",
  "evillisted.test":       "127.0.0.66",
  "listed.test.evil.test": "127.0.0.66",
  "wild.test":             "127.0.0.66",
  "evilwild.test":         "127.0.0.66",
}

/** Address → the first name it goes by. A mapped address is the one it maps. */
const HOSTS = new Map(
  Object.entries(ADDRESSES)
    .filter(([, address]) => !address.startsWith("::ffff:"))
    .reverse()
    .map(([name, address]) => [address, name]),
)

/** The hosts that the proxy is told to let out, all on port 443; `listed.test` also over plain HTTP on port 80. */
export const LISTED = [
  "listed.test",
  "other.test",
  "*.wild.test",
  "rules.test",
  "key.test",
  "model.test",
  "expired.test",
  "wrongname.test",
  "stranger.test",
  "redirect.test",
  "loopback.test",
  "mapped.test",
  "sixth.test",
] as const

/** The rule on `rules.test`: GET below this path. */
export const OPEN_PREFIX = "/open/"

export type Answer = (seen: Seen) => { readonly head: string; readonly body: string; readonly tears?: boolean }

/** The bytes that reached a TLS port and were not a handshake. */
const NO_TLS = { serverName: undefined, method: "(no TLS)", target: "", headers: {} } as const

const hello: Answer = () => ({ head: "200 OK", body: "hello" })

export async function startUpstreams(answers: Readonly<Record<string, Answer>> = {}): Promise<Upstreams> {
  const ca = createTestCa()
  const stranger = createTestCa("stranger")
  const seen: Seen[] = []
  const servers: Server[] = []
  const past = { fromMs: Date.now() - 9 * HOUR_MS, toMs: Date.now() - HOUR_MS }

  for (const [address, at] of HOSTS) {
    const answer = answers[at] ?? hello
    const certificate =
      at === "expired.test"
        ? ca.mint(at, past)
        : (at === "stranger.test" ? stranger : ca).mint(at === "wrongname.test" ? "elsewhere.test" : at)
    const onTls = (socket: TLSSocket) =>
      converse(socket, { at, serverName: String(socket.servername || "") }, seen, answer)
    const onTcp = (socket: Socket) => converse(socket, { at, serverName: undefined }, seen, answer)
    const tls = createTlsServer(certificate, onTls)
    tls.on("tlsClientError", (error) => {
      // A proxy may break a handshake off; what counts is bytes that are not of a handshake.
      if ("code" in error && `${error.code}`.startsWith("ERR_SSL")) seen.push({ ...NO_TLS, at })
    })
    servers.push(await listen(tls, address, 443))
    servers.push(await listen(createTcpServer(onTcp), address, 80))
  }

  return {
    caPem: ca.pem,
    seen,
    async [Symbol.asyncDispose]() {
      for (const server of servers) server.close()
    },
  }
}

async function listen(server: Server, address: string, port: number): Promise<Server> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, address, resolve)
  })
  return server
}

/** Reads one request after another, framed as HTTP says and no other way, and answers each. */
function converse(socket: Socket, where: Pick<Seen, "at" | "serverName">, seen: Seen[], answer: Answer): void {
  let held = ""
  socket.on("error", () => {
    // The proxy may drop a connection at any moment.
  })
  socket.on("data", (bytes) => {
    held += bytes.toString("latin1")
    for (let end = held.indexOf("\r\n\r\n"); end >= 0; end = held.indexOf("\r\n\r\n")) {
      const request = parseHead(held.slice(0, end))
      const length = bodyLength(request.headers, held.slice(end + 4))
      if (length === undefined || held.length < end + 4 + length) return
      held = held.slice(end + 4 + length)
      const entry = { ...where, ...request }
      seen.push(entry)
      const { head, body, tears = false } = answer(entry)
      const total = body.length + (tears ? 1000 : 0)
      const text = request.method === "HEAD" ? "" : body
      socket.write(`HTTP/1.1 ${head}\r\ncontent-length: ${total}\r\n\r\n${text}`, "latin1", () => {
        if (tears) socket.destroy()
      })
    }
  })
}

function parseHead(head: string): Pick<Seen, "method" | "target" | "headers"> {
  const [requestLine = "", ...lines] = head.split("\r\n")
  const [method = "", target = ""] = requestLine.split(" ")
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const colon = line.indexOf(":")
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`
  }
  return { method, target, headers }
}

/** Undefined while a chunked body is not whole. */
function bodyLength(headers: Readonly<Record<string, string>>, rest: string): number | undefined {
  if (headers["transfer-encoding"] === undefined) return Number(headers["content-length"] ?? 0)
  const end = rest.indexOf("0\r\n\r\n")
  return end < 0 ? undefined : end + 5
}
