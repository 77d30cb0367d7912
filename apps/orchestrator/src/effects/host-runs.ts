// The host's runs, as the orchestrator needs them: real ones through libs/control, doubles in tests.

import type { RunFacts } from "@bot-bottle/forge"
import type { RunSeen } from "../decide/decide-next.ts"

export interface HostRuns {
  find(slug: string): Promise<RunSeen>
  /** Stops everything and keeps what the run wrote, however long. Nothing to do for a frozen or killed one. */
  freeze(slug: string): Promise<void>
  /** Stops everything and removes what the run wrote; nothing to do for one that was killed. */
  kill(slug: string): Promise<void>
  loadFacts(slug: string): Promise<RunFacts>
  /** False when another living process keeps the repository's issues. Held as long as this process lives. */
  claimRepository(name: string): Promise<boolean>
  knows(kind: "agent" | "bottle", name: string): Promise<boolean>
}
