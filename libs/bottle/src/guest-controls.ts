// What a launcher may do to a bottle that runs, the same for every backend: it is all said over
// the lifeline or the agent's stdin.

import type { Bottle } from "./backend.ts"
import type { GuestInput } from "./guest-channel.ts"
import type { GuestLifeline } from "./guest-lifeline.ts"

export function guestControls(channel: {
  readonly canary: GuestLifeline["canary"]
  readonly started: GuestLifeline["started"]
  readonly execs: GuestLifeline["execs"]
  readonly order: GuestLifeline["order"]
  readonly stdin: GuestInput
}): Pick<Bottle, "canary" | "started" | "exec" | "input" | "resize" | "signal"> {
  return {
    canary: channel.canary,
    started: channel.started,
    exec: channel.execs.open,
    input: channel.stdin.write,
    resize: (size) => channel.order({ kind: "resize", size }),
    signal: (signal) => channel.order({ kind: "signal", signal }),
  }
}
