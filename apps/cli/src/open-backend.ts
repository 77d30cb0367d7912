// The backends by the names that flags, settings and the ledger give them.

import { type Backend, createBwrapBackend, createDockerBackend } from "@bot-bottle/bottle"
import { OperatorProblem } from "@bot-bottle/contracts"
import type { Env } from "./env.ts"

export const BACKEND_NAMES = ["bwrap", "docker"] as const
export type BackendName = (typeof BACKEND_NAMES)[number]

export function parseBackendName(text: string): BackendName | undefined {
  return BACKEND_NAMES.find((name) => name === text)
}

/** Throws OperatorProblem for a name of another build's. */
export function openBackend(name: string, { find }: Pick<Env, "find">): Backend {
  switch (parseBackendName(name)) {
    case "bwrap":
      return createBwrapBackend()
    case "docker":
      return createDockerBackend({ find })
    case undefined:
      throw new OperatorProblem(`there is no backend '${name}'`, { hint: `use ${BACKEND_NAMES.join(" or ")}` })
  }
}
