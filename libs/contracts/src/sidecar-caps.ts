// How often an agent may call its forge.

/** Calls of the agent, over all launches of its run. */
export interface SidecarCaps {
  readonly calls: number
  readonly comments: number
  readonly edits: number
  readonly pullRequests: number
}

export const DEFAULT_SIDECAR_CAPS: SidecarCaps = { calls: 2_000, comments: 20, edits: 10, pullRequests: 1 }
