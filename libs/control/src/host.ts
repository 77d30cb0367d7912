// The host as a caller of this library hands it in. Nothing here reads the environment or writes
// to a terminal by itself.

import type { ControlEvent } from "./events.ts"

export interface HostEnv {
  /** The folder that holds everything of bot-bottle's: runs, ledger, manifests, toolchains. */
  readonly root: string
  /** The operator's folder. */
  readonly cwd: string
  /** PATH for programs of the host: the proxy, package installs. */
  readonly path: string
  /** The person or process that asked, for the audit trail. */
  readonly operator: string
  /** A host variable that a manifest or provider names. Empty counts as absent. */
  find(name: string): string | undefined
  /** A credential: the variable, or else what `login` keeps for it. Never handed to a bottle. */
  findSecret(name: string): string | undefined
}

export interface ControlHost {
  readonly env: HostEnv
  /** Told of each event once, in order. Must not throw. */
  notify(event: ControlEvent): void
  /** An event as lines for the run's transcript and for those who attach to it. */
  describe(event: ControlEvent): readonly string[]
}
