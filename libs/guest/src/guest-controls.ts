// The launcher's controls of a running bottle, the same for every backend. All of them go over the
// control channel or the agent's stdin.

import type { ControlChannel } from "./control-channel.ts"
import type { AgentSignal, TerminalSize } from "./forwarder/control-messages.ts"
import type { SelfTestFinding } from "./forwarder/self-test.ts"
import type { GuestInput } from "./guest-channel.ts"
import type { GuestExecs } from "./guest-execs.ts"

export interface GuestControls {
  /**
   * The findings of the plan's self-test, from before the agent could run; undefined without one,
   * or when the bottle ended before.
   */
  readonly selfTest: Promise<readonly SelfTestFinding[] | undefined>
  /** Resolves when the agent runs, as the guest says. Only for what is said to a person. */
  readonly started: Promise<void>
  /** Runs a command beside the agent, with the same isolation. Undefined when it cannot. */
  readonly exec: GuestExecs["open"]
  /** To the agent's terminal, with `relayed` stdio; resolves when the guest has room for more. */
  input(bytes: Uint8Array): Promise<void>
  /** Of the agent's terminal. */
  resize(size: TerminalSize): void
  /** Passed to the agent itself; it may ignore it. */
  signal(name: AgentSignal): void
}

export function guestControls(channel: {
  readonly selfTest: ControlChannel["selfTest"]
  readonly started: ControlChannel["started"]
  readonly execs: ControlChannel["execs"]
  readonly order: ControlChannel["order"]
  readonly stdin: GuestInput
}): GuestControls {
  return {
    selfTest: channel.selfTest,
    started: channel.started,
    exec: channel.execs.open,
    input: channel.stdin.write,
    resize: (size) => channel.order({ kind: "resize", size }),
    signal: (signal) => channel.order({ kind: "signal", signal }),
  }
}
