// Names that the launcher, a run's proxy and its bottle agree on. Their messages are in `messages/`.

/**
 * The last line on the proxy's stdin when its run is over. An end of file without it means that
 * the launcher died: the proxy then charges open requests in full, as after a crash.
 */
export const SHUTDOWN_LINE = "leave\n"

/** Files in the folder shared with the bottle. */
export const GUEST_SHARE_FILES = {
  socket: "egress.sock",
  ca: "ca.pem",
  caBundle: "ca-bundle.pem",
  javaTrust: "ca-bundle.jks",
  browserPolicy: "browser-policy.json",
} as const
/** The common name of a run's CA: programs look for it by that. */
export function runCaName(slug: string): string {
  // RFC 5280's upper bound for a common name.
  return `bot-bottle run ${slug}`.slice(0, 64)
}

/** Files in the egress folder, which no bottle sees. */
export const EGRESS_FILES = {
  control: "control.sock",
  /** Of the process by which the agent asks its operator. */
  ask: "ask.sock",
  events: "events.jsonl",
  /** The part of the events before the last rotation. */
  earlierEvents: "events.jsonl.1",
} as const
