// An answer of the proxy's own, before it has a connection to go to. Types only.

/** An answer of our own. */
export interface Reply {
  readonly status: number
  readonly phrase: string
  /** Without those that frame it. */
  readonly lines: readonly string[]
  readonly body: Uint8Array
}
