// Keeps one HTTP server for each place a tunnel was opened to, on a socket in a folder only
// the host sees: TLS with a leaf for that very name, or plain for `http:` routes.
//
// A server for each place means a request cannot claim another: the handler was made for one
// authority and knows no other. Bounded, because a wildcard route admits any number of names:
// past `softLimit` servers without a tunnel go, least recently used first; past `hardLimit`
// the least recently used goes whatever it carries.

import { rmSync } from "node:fs"
import { join } from "node:path"
import type { Authority } from "@bot-bottle/contracts"
import { AGENT_SOCKETS, type AgentSocket } from "../socket/agent-end.ts"
import type { Upgrade } from "../socket/open-socket.ts"
import type { RunCa } from "./run-ca.ts"

/** Nothing is answered when `upgrade` made a socket of the request. */
export type Answer = (request: Request, upgrade: Upgrade) => Response | undefined | Promise<Response | undefined>

export interface InnerServers {
  /** The returned door stays connectable until `close` is called, unless the hard limit takes it. */
  open(authority: Authority, scheme: "https" | "http"): InnerDoor
  readonly size: number
  /** Resolves when every answer that was begun is sent and every socket closed, or the time is over. */
  answered(timeoutMs: number): Promise<void>
  close(): Promise<void>
}

export interface InnerDoor {
  readonly path: string
  close(): void
}

export interface InnerServersOptions {
  readonly folder: string
  readonly ca: RunCa
  readonly createAnswer: (authority: Authority, scheme: "https" | "http") => Answer
  readonly reportFailure: (error: unknown) => void
  readonly softLimit?: number
  readonly hardLimit?: number
}

interface InnerServer {
  readonly key: string
  readonly path: string
  readonly server: Bun.Server<AgentSocket>
  tunnels: number
}

export function createInnerServers(options: InnerServersOptions): InnerServers {
  const { folder, ca, createAnswer, reportFailure, softLimit = 128, hardLimit = 1024 } = options
  /** In order of last use. */
  const servers = new Map<string, InnerServer>()
  let made = 0

  function start(key: string, authority: Authority, scheme: "https" | "http"): InnerServer {
    const path = join(folder, `${made++}.sock`)
    const answer = createAnswer(authority, scheme)
    const options = {
      unix: path,
      // Else Bun prints every torn stream, of which the log already has what matters.
      development: false,
      // Models think for minutes without a byte, and uploads have no size we know of.
      idleTimeout: 0,
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      fetch: (request: Request, server: Bun.Server<AgentSocket>) =>
        answer(request, (taken) => server.upgrade(request, taken)),
      websocket: AGENT_SOCKETS,
      error: (error: unknown) => {
        reportFailure(error)
        return proxyFailure()
      },
    }
    const tls = scheme === "https" ? { tls: ca.mint(authority.host) } : {}
    // The types allow `idleTimeout` for ports only; without it Bun ends a quiet stream on a Unix socket too.
    const server = Bun.serve({ ...options, ...tls } as unknown as Bun.Serve.Options<AgentSocket>)
    return { key, path, server, tunnels: 0 }
  }

  function stop(inner: InnerServer): Promise<void> {
    servers.delete(inner.key)
    rmSync(inner.path, { force: true })
    return inner.server.stop(true)
  }

  function makeRoom(): void {
    for (const inner of servers.values()) {
      if (servers.size < softLimit) return
      if (inner.tunnels === 0) stop(inner).catch(reportFailure)
    }
    const oldest = servers.values().next().value
    if (servers.size >= hardLimit && oldest !== undefined) stop(oldest).catch(reportFailure)
  }

  return {
    get size() {
      return servers.size
    },
    open(authority, scheme) {
      const key = `${scheme}://${authority.host}:${authority.port}`
      const known = servers.get(key)
      if (known === undefined) makeRoom()
      const inner = known ?? start(key, authority, scheme)
      servers.delete(key)
      servers.set(key, inner)
      inner.tunnels += 1
      let closed = false
      return {
        path: inner.path,
        close: () => {
          if (!closed) inner.tunnels -= 1
          closed = true
        },
      }
    },
    async answered(timeoutMs) {
      // Bun tells no event for it.
      for (const until = Date.now() + timeoutMs; Date.now() < until; await Bun.sleep(2))
        if ([...servers.values()].every(({ server }) => server.pendingRequests + server.pendingWebSockets === 0)) return
    },
    async close() {
      await Promise.all([...servers.values()].map(stop))
    },
  }
}

/** The operator learns why; the bottle, which is not trusted, does not. */
function proxyFailure(): Response {
  return Response.json(
    { error: { type: "proxy_failure", message: "The proxy failed on this request" } },
    { status: 502 },
  )
}
