// The backends by the names that flags, settings and the ledger give them. Each is loaded when it
// is asked for: a start in bubblewrap does not load the Docker one.

import { OperatorProblem } from "@bot-bottle/contracts"
import type { Backend } from "./backend.ts"

export const BACKEND_NAMES = ["bwrap", "docker"] as const
export type BackendName = (typeof BACKEND_NAMES)[number]

export interface BackendOptions {
  /** A host variable. */
  readonly find: (name: string) => string | undefined
}

export function parseBackendName(text: string): BackendName | undefined {
  return BACKEND_NAMES.find((name) => name === text)
}

/** Throws OperatorProblem for a name that this build does not know. */
export async function openBackend(name: string, { find }: BackendOptions): Promise<Backend> {
  switch (parseBackendName(name)) {
    case "bwrap":
      return (await import("./backends/bwrap/bwrap-backend.ts")).createBwrapBackend()
    case "docker":
      return (await import("./backends/docker/docker-backend.ts")).createDockerBackend({ find })
    case undefined:
      throw new OperatorProblem(`there is no backend '${name}'`, { hint: `use ${BACKEND_NAMES.join(" or ")}` })
  }
}
