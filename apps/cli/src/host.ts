// What every command is given: the operator's environment and the screen they look at.

import type { Env } from "./env.ts"
import type { Screen } from "./terminal/screen.ts"

export interface Host {
  readonly env: Env
  readonly screen: Screen
}
