// One end of a relayed WebSocket, whichever library speaks it.

export interface SocketEnd {
  /** Called once, before anything else; nothing that came earlier is lost. */
  listen(listener: SocketListener): void
  /** Takes the message all the same when it returns false, but then no more should come until `drained`. */
  send(message: SocketText): boolean
  ping(data: Uint8Array): boolean
  pong(data: Uint8Array): void
  /** After what was sent before. `NO_CODE` closes without a code, `BROKEN` without a close frame. */
  close(code: number, reason: string): void
  pause(): void
  resume(): void
}

/** Text on the wire is a string here. */
export type SocketText = string | Uint8Array

export interface SocketListener {
  message(message: SocketText): void
  drained(): void
  ping(data: Uint8Array): void
  pong(data: Uint8Array): void
  /** Once, however it ended: also after our own `close`. */
  closed(code: number, reason: string): void
}

/** RFC 6455: never on the wire. The peer's close frame had no code. */
export const NO_CODE = 1005
/** RFC 6455: never on the wire. The connection ended without a close frame. */
export const BROKEN = 1006
export const GOING_AWAY = 1001
export const POLICY = 1008
export const FAILED = 1011

/** Larger messages close the socket with 1009, on either side. */
export const MAX_MESSAGE_BYTES = 32 * 1024 * 1024
