// What a bottle consists of, as plain data: every backend builds the same bottle from it.
//
// Pure. The plan holds no secret: credentials never enter a bottle.

import type { Slug } from "@bot-bottle/contracts"

export interface BottlePlan {
  readonly slug: Slug
  /** The agent's own command line, run in the guest. */
  readonly argv: readonly string[]
  /** The guest's whole environment; nothing of the host's leaks past it. */
  readonly env: Readonly<Record<string, string>>
  readonly mounts: readonly Mount[]
  /** Inside the guest. */
  readonly cwd: string
  readonly limits: PlanLimits
}

export interface Mount {
  /** Absolute host path. */
  readonly source: string
  /** Absolute guest path. */
  readonly target: string
  readonly access: "read-only" | "read-write"
}

export interface PlanLimits {
  readonly memoryBytes?: number
  readonly pids?: number
  readonly cpus?: number
  readonly diskBytes?: number
}

/** Where things are inside every bottle, whatever the backend. */
export const GUEST = {
  home: "/home/node",
  workspace: "/home/node/workspace",
  /** The door folder of contracts' DOOR_FILES, read-only. */
  door: "/run/bot-bottle",
  toolchain: "/opt/bot-bottle/toolchain",
  /** Bun and the forwarder, read-only. */
  runtime: "/opt/bot-bottle/runtime",
  uid: 1000,
  proxyPort: 3128,
} as const
