// What a launcher may do to a bottle that runs, the same for every backend: it is all said over
// the lifeline or the agent's stdin.

import type { CanaryFinding } from "./forwarder/canary.ts"
import type { AgentSignal, TerminalSize } from "./forwarder/lifeline.ts"
import type { GuestInput } from "./guest-channel.ts"
import type { GuestExecs } from "./guest-execs.ts"
import type { GuestLifeline } from "./guest-lifeline.ts"

export interface GuestControls {
  /** What the plan's canary saw, before the agent could run; undefined without one, or when the bottle ended before. */
  readonly canary: Promise<readonly CanaryFinding[] | undefined>
  /** Resolves when the agent runs, as the guest says. Only for what is said to a person. */
  readonly started: Promise<void>
  /** Runs a command beside the agent, behind the same walls. Undefined when it cannot. */
  readonly exec: GuestExecs["open"]
  /** To the agent's terminal, with `relayed` stdio; resolves when the guest has room for more. */
  input(bytes: Uint8Array): Promise<void>
  /** Of the agent's terminal. */
  resize(size: TerminalSize): void
  /** Passed to the agent itself; it may ignore it. */
  signal(name: AgentSignal): void
}

export function guestControls(channel: {
  readonly canary: GuestLifeline["canary"]
  readonly started: GuestLifeline["started"]
  readonly execs: GuestLifeline["execs"]
  readonly order: GuestLifeline["order"]
  readonly stdin: GuestInput
}): GuestControls {
  return {
    canary: channel.canary,
    started: channel.started,
    exec: channel.execs.open,
    input: channel.stdin.write,
    resize: (size) => channel.order({ kind: "resize", size }),
    signal: (signal) => channel.order({ kind: "signal", signal }),
  }
}
