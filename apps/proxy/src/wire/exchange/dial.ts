// Opens a connection to a checked address of a place, and verifies that its certificate is the
// host's.
//
//   INV-12  Only a checked address is dialled, and its certificate must be the host's: signed by a root of
//           the host or the operator, in time, and naming the host as a subject alternative name.

import type { SecureContext } from "node:tls"
import type { Endpoint } from "../../upstream/address-book.ts"
import type { Place } from "../place.ts"
import { Upstream } from "./upstream.ts"

export type DialFailure = "address-not-allowed" | "upstream-unreachable" | "upstream-tls"

export interface DialListener {
  ready(upstream: Upstream): void
  /** No byte of a request has left. */
  failed(reason: DialFailure): void
}

const HANDSHAKE_MS = 10_000
/** A person in front of the agent begins to wonder. */
const SLOW_MS = 2_000
/** The wire form of the list: Bun hands the text "http/1.1" on as it is, and every handshake fails. */
export const ALPN_HTTP11 = Buffer.from("\x08http/1.1")

/** The native object: Bun's sockets refuse the wrapper. */
export function nativeContext(context: SecureContext): unknown {
  return (context as unknown as { readonly context: unknown }).context
}

/** Returns how to give it up; after that nobody is told. */
export function dialPlace(place: Place, listener: DialListener): () => void {
  let attempt: Attempt | undefined
  let isOver = false
  const slow = setTimeout(() => place.onSlowDial(place.host), SLOW_MS)
  const end = () => {
    isOver = true
    clearTimeout(slow)
  }

  async function start(): Promise<void> {
    const found = await place.findEndpoints()
    if (isOver) return
    if (found.outcome === "refused") {
      end()
      listener.failed(found.reason)
      return
    }
    next(preferredFirst(found.endpoints, place.preferred))
  }

  function next([endpoint, ...others]: readonly Endpoint[]): void {
    if (endpoint === undefined) {
      end()
      listener.failed("upstream-unreachable")
      return
    }
    attempt = new Attempt(place, endpoint, {
      ready(upstream) {
        place.preferred = endpoint
        end()
        listener.ready(upstream)
      },
      failed(reason) {
        // Another address of the same host would show the same certificate, or a forged one.
        if (reason === "upstream-unreachable") next(others)
        else {
          end()
          listener.failed(reason)
        }
      },
    })
    attempt.connect()
  }

  void start()
  return () => {
    if (isOver) return
    end()
    attempt?.giveUp()
  }
}

function preferredFirst(endpoints: readonly Endpoint[], preferred: Endpoint | undefined): readonly Endpoint[] {
  if (preferred === undefined || endpoints.length === 1) return endpoints
  const known = endpoints.filter(({ address }) => address === preferred.address)
  return [...known, ...endpoints.filter(({ address }) => address !== preferred.address)]
}

/** Hangs on the socket until its handshake is over. */
class Attempt {
  readonly #place: Place
  readonly #endpoint: Endpoint
  readonly #listener: DialListener
  #timer: Timer | undefined
  #socket: Bun.Socket<Attempt> | undefined
  #isOver = false

  constructor(place: Place, endpoint: Endpoint, listener: DialListener) {
    this.#place = place
    this.#endpoint = endpoint
    this.#listener = listener
  }

  connect(): void {
    this.#timer = setTimeout(() => {
      this.fail("upstream-unreachable")
      this.#socket?.terminate()
    }, HANDSHAKE_MS)
    const { address: hostname, port } = this.#endpoint
    const { unix } = this.#place
    const target = unix === undefined ? { hostname, port } : { unix }
    const options = { ...target, data: this, socket: HANDLERS, ...this.#tls() }
    Bun.connect<Attempt>(options as unknown as Bun.TCPSocketConnectOptions<Attempt>).catch(() =>
      this.fail("upstream-unreachable"),
    )
  }

  #tls(): object {
    const { scheme, host, secureContext } = this.#place
    if (scheme === "http") return {}
    // The context is shared: to read 200 KB of roots again costs each connection 0.2 ms.
    return {
      tls: {
        serverName: host,
        secureContext: nativeContext(secureContext()),
        rejectUnauthorized: true,
        ALPNProtocols: ALPN_HTTP11,
      },
    }
  }

  opened(socket: Bun.Socket<Attempt>): void {
    this.#socket = socket
    socket.setNoDelay(true)
    if (this.#isOver) socket.terminate()
    else if (this.#place.scheme === "http") this.#ready(socket)
  }

  handshaken(socket: Bun.Socket<Attempt>, ok: boolean, error: Error | null): void {
    if (this.#isOver) socket.terminate()
    else if (!ok || error != null || !socket.authorized || !namesAnyone(socket)) {
      this.fail("upstream-tls")
      socket.terminate()
    } else this.#ready(socket)
  }

  #ready(socket: Bun.Socket<Attempt>): void {
    this.#isOver = true
    clearTimeout(this.#timer)
    const upstream = new Upstream(socket, this.#place, this.#place.pool)
    ;(socket as Bun.Socket<unknown>).data = upstream
    upstream.uses = 1
    this.#listener.ready(upstream)
  }

  fail(reason: DialFailure): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#listener.failed(reason)
  }

  giveUp(): void {
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#socket?.terminate()
  }
}

/** Bun falls back to the common name where a certificate has no subject alternative name; RFC 9525 forbids it. */
function namesAnyone(socket: Bun.Socket<Attempt>): boolean {
  const { subjectaltname } = (
    socket as unknown as { getPeerCertificate(): { subjectaltname?: string } }
  ).getPeerCertificate()
  return subjectaltname !== undefined && subjectaltname !== ""
}

/** One set for all sockets: closures for each would live as long as the connection. */
const HANDLERS: Bun.SocketHandler<Attempt | Upstream> = {
  open(socket) {
    if (socket.data instanceof Attempt) socket.data.opened(socket as Bun.Socket<Attempt>)
  },
  handshake(socket, ok, error) {
    if (socket.data instanceof Attempt) socket.data.handshaken(socket as Bun.Socket<Attempt>, ok, error)
  },
  data({ data: upstream }, bytes) {
    if (!(upstream instanceof Upstream) || upstream.isClosed) return
    if (upstream.user !== undefined) upstream.user.fromUpstream(bytes as Buffer)
    else discard(upstream)
  },
  drain({ data: upstream }) {
    if (upstream instanceof Upstream) upstream.out.drain()
  },
  end({ data: upstream }) {
    if (upstream instanceof Upstream) upstream.hasEnded = true
  },
  close({ data }, error) {
    if (data instanceof Attempt) {
      data.fail("upstream-unreachable")
      return
    }
    const wasClosed = data.isClosed
    data.isClosed = true
    if (data.user === undefined) data.home.forget(data)
    else if (!wasClosed) data.user.upstreamEnded(error)
  },
  connectError({ data }) {
    if (data instanceof Attempt) data.fail("upstream-unreachable")
  },
  error() {
    // `close` follows.
  },
}

function discard(upstream: Upstream): void {
  upstream.home.forget(upstream)
  upstream.destroy()
}
