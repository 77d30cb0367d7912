// The surroundings of every command: the operator's environment and their screen.

import type { Env } from "./env.ts"
import type { Screen } from "./terminal/screen.ts"

export interface Host {
  readonly env: Env
  readonly screen: Screen
}
