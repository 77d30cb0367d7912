// Guest: both ends of what crosses into a bottle. The forwarder that runs inside it, and the
// launcher's side of the channel to it: orders, exec, terminal, isolation checks.

export { PRLIMIT } from "./forwarder/agent.ts"
export {
  type AgentSignal,
  CONTROL_CHANNEL_FD,
  EXEC_CHUNK_BYTES,
  EXEC_WINDOW_BYTES,
  FORWARDER_EXIT,
  type LauncherOrder,
  type OutputStream,
  type TerminalSize,
} from "./forwarder/control-messages.ts"
export { createFrameReader } from "./forwarder/frames.ts"
export { createLineReader, createLineWriter, type LineReader, type LineWriter } from "./forwarder/line-socket.ts"
export { createMultiplexer, type ForwardedConnection } from "./forwarder/multiplexer.ts"
export { attach, closeLeg, createLegs, type Leg, relayHandlers } from "./forwarder/relay.ts"
export {
  SELF_TEST_CHECKS,
  type SelfTestCheck,
  type SelfTestFinding,
  type SelfTestOrder,
} from "./forwarder/self-test.ts"
export { EXTRA_FD, type GuestChannel, type GuestInput, openGuestChannel } from "./guest-channel.ts"
export { type GuestControls, guestControls } from "./guest-controls.ts"
export type { ExecCommand, ExecEvents, GuestExec, GuestExecs } from "./guest-execs.ts"
export { findGuestRuntime, type GuestRuntime } from "./guest-runtime.ts"
