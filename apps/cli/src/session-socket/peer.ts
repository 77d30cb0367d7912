// One connection of the session socket as its parts see it. Types only.

import type { Bottle } from "@bot-bottle/bottle"
import type { ClientMessage, LauncherMessage } from "./messages.ts"
import type { ScreenModel } from "./screen-model.ts"

/** One end of one connection. */
export interface Peer {
  send(message: LauncherMessage): void
  /** Closes when everything said has been taken. */
  close(): void
  readonly waitingBytes: number
}

/** What a connection does once its first message has said what it is for. */
export interface Part {
  hear(message: ClientMessage): void
  /** The other end takes bytes again. */
  drained?(): void
  gone(): void
}

export interface SessionSocketOptions {
  readonly path: string
  readonly slug: string
  readonly bottle: Bottle
  /** `foreground`: the agent is on another terminal of the operator's already. */
  readonly agent: "in-background-terminal" | "in-foreground-terminal" | "without-terminal"
  /** Of the agent in the background's terminal. */
  readonly screen?: ScreenModel
}

export type Refuse = (message: string, hint: string) => undefined
