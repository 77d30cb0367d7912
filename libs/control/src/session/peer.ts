// One client of the session socket, and the part that it plays: attached to the agent, or running
// a command beside it.

import type { Bottle } from "@bot-bottle/bottle"
import type { SessionInput, SessionOutput } from "@bot-bottle/contracts"
import type { ScreenModel } from "./screen-model.ts"

export interface Peer {
  send(message: SessionOutput): void
  /** Closes once the client has read everything, or soon after. */
  close(): void
  /** Reads nothing more from the client until the promise settles. */
  holdUntil(settled: Promise<unknown>): void
  /** Bytes that the client has not read yet. */
  readonly waitingBytes: number
}

export interface SessionSocketOptions {
  readonly path: string
  readonly slug: string
  readonly bottle: Bottle
  /** The screen of an agent that has a terminal. */
  readonly screen?: ScreenModel
}

/** Chosen by the client's first message. */
export interface Part {
  onMessage(message: SessionInput): void
  /** The client reads again. */
  drained?(): void
  gone(): void
}

/** Sends a refusal and closes the peer. */
export type Refuse = (message: string, hint: string) => undefined
