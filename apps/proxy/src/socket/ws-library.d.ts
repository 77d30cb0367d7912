// The parts of the npm package `ws` that the proxy uses. Under another name, because Bun answers an
// import of "ws" with a stand-in over its own WebSocket. That one can neither be paused nor show
// the answer of a server that refuses.

declare module "ws-library" {
  import type { ClientRequest, IncomingMessage } from "node:http"
  import type { Socket } from "node:net"
  import type { Duplex } from "node:stream"
  import type { PeerCertificate, SecureContext } from "node:tls"

  export interface WebSocketOptions {
    readonly headers?: Readonly<Record<string, string | readonly string[]>>
    readonly servername?: string
    readonly secureContext?: SecureContext
    readonly rejectUnauthorized?: true
    readonly checkServerIdentity?: (host: string, certificate: PeerCertificate) => Error | undefined
    readonly perMessageDeflate: boolean | { readonly threshold: number }
    readonly maxPayload?: number
    readonly autoPong?: boolean
    readonly followRedirects?: false
    /** Of tests. */
    readonly ca?: string
    readonly createConnection?: () => Socket
  }

  export class WebSocketServer {
    constructor(options: {
      readonly noServer: true
      readonly perMessageDeflate: boolean | { readonly threshold: number }
      readonly autoPong?: boolean
      readonly maxPayload?: number
      readonly clientTracking?: boolean
      readonly handleProtocols?: (protocols: ReadonlySet<string>) => string | false
    })
    on(event: "headers", listener: (headers: string[]) => void): this
    handleUpgrade(
      request: Pick<IncomingMessage, "method" | "headers">,
      socket: Duplex,
      head: Buffer,
      opened: (socket: WebSocket) => void,
    ): void
  }

  export class WebSocket {
    constructor(url: string, protocols: readonly string[], options: WebSocketOptions)
    readonly readyState: number
    readonly bufferedAmount: number
    readonly protocol: string
    readonly extensions: string
    on(event: "open", listener: () => void): this
    on(event: "message", listener: (data: Buffer, isBinary: boolean) => void): this
    on(event: "ping" | "pong", listener: (data: Buffer) => void): this
    on(event: "close", listener: (code: number, reason: Buffer) => void): this
    on(event: "error", listener: (error: Error & { readonly code?: string }) => void): this
    on(event: "upgrade", listener: (response: IncomingMessage) => void): this
    on(event: "unexpected-response", listener: (request: ClientRequest, response: IncomingMessage) => void): this
    send(
      data: string | Uint8Array,
      options?: { readonly binary: boolean; readonly fin?: boolean },
      sent?: (error?: Error) => void,
    ): void
    ping(data?: Uint8Array | string, mask?: undefined, sent?: () => void): void
    pong(data?: Uint8Array | string, mask?: undefined, sent?: () => void): void
    close(code?: number, reason?: string): void
    terminate(): void
    pause(): void
    resume(): void
  }
}
