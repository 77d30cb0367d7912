// Names inside `state/<slug>/forge`, as the launcher, the sidecar and the orchestrator know them.

export const FORGE_FILES = {
  forgeSocket: "forge.sock",
  gitSocket: "git.sock",
  /** A file for each event; see messages/forge-event.ts. */
  queue: "queue",
  /** Touched at every call of the agent. */
  checkIn: "check-in",
  /** The gate's copies of repositories, and its hooks. */
  gate: "gate",
  /** Calls made and pull requests opened, over all launches. */
  runRecord: "run-record.json",
  /** See messages/launch-facts.ts. */
  launch: "launch.json",
} as const

/** Below bot-bottle's root: launches that the orchestrator asked for, and their prompts and logs. */
export const FORGE_LAUNCHES_FOLDER = "forge/launches"

export function forgeLaunchFiles(launchId: string) {
  return { record: `${launchId}.json`, prompt: `${launchId}.prompt`, log: `${launchId}.log` } as const
}

/** Of the one `signal_done` that counts for a launch. */
export function doneEventFile(launchId: string): string {
  return `done-${launchId}.json`
}

export const PULL_REQUEST_EVENT_FILE = "pull-request.json"

/** Names that the proxy answers for itself, one socket each: `forge.bot-bottle.internal`. */
export type InternalService = "forge" | "git" | "supervise"

/** Set by the proxy on what it relays to an internal service; what the bottle sent under this name is dropped. */
export const EGRESS_STATE_HEADER = "x-bot-bottle-egress"

/** A forge's address for people and for Git: its API's without `/api/v1`. */
export function forgeWebUrl(api: string): string {
  return api.replace(/\/+$/, "").replace(/\/api\/v1$/, "")
}
