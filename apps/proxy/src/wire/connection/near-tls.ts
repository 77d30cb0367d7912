// Begins TLS on a bottle's connection, as the server, on the socket that is already open.
//
// It decides nothing: the connection has judged the ClientHello before, and learns of the handshake
// and of all that comes after it.

import type { SecureContext } from "node:tls"
import { ALPN_HTTP11, nativeContext } from "../exchange/dial.ts"

/** The owner of a socket, told of all that happens on it. */
export interface TlsUser {
  handshaken(ok: boolean): void
  receive(bytes: Buffer): void
  drain(): void
  ended(): void
  closed(): void
}

/**
 * The bytes of the hello that were read go to the engine as `initialData`. Undocumented, but what Bun's own node:tls
 * does; a test holds it.
 */
export function startTls<User extends TlsUser>(
  socket: Bun.Socket<User | undefined>,
  user: User,
  context: SecureContext,
  initialData: Buffer,
): Bun.Socket<User | undefined> {
  const tls = {
    isServer: true,
    secureContext: nativeContext(context),
    ALPNProtocols: ALPN_HTTP11,
    requestCert: false,
    rejectUnauthorized: false,
  }
  const upgrade = { data: user, tls, socket: HANDLERS, initialData }
  const [raw, secure] = socket.upgradeTLS<User | undefined>(
    upgrade as unknown as Bun.TLSUpgradeOptions<User | undefined>,
  )
  // Every read comes twice from now on, as ciphertext to the listener's handlers: they find nobody.
  raw.data = undefined
  return secure
}

/** One set for all sockets: closures for each would live as long as the connection. */
const HANDLERS: Bun.SocketHandler<TlsUser | undefined> = {
  open() {},
  // Without a client certificate the engine's error says nothing.
  handshake: (socket, ok) => socket.data?.handshaken(ok),
  data: (socket, bytes) => socket.data?.receive(bytes as Buffer),
  drain: (socket) => socket.data?.drain(),
  end: (socket) => socket.data?.ended(),
  close: (socket) => socket.data?.closed(),
  error() {
    // `close` follows.
  },
}
