// A launch as resolved, with everything that a person should see before saying yes. Credentials
// are in it: a caller shows their names, never their values.

import type { LimitReport } from "@bot-bottle/bottle"
import type { LaunchChange, LoginEnd } from "../events.ts"
import type { LaunchBudgets } from "./budgets/launch-budgets.ts"
import type { SmallBudget } from "./budgets/small-budgets.ts"
import type { UncoveredProvider } from "./budgets/uncovered-providers.ts"
import type { ResolvedLaunch } from "./resolve-launch.ts"

export interface PreflightFacts {
  readonly launch: ResolvedLaunch
  readonly label: string
  /** The limit on the run's requests to each metered provider; undefined when nothing limits them. */
  readonly governing: LaunchBudgets
  /** Too small for the harness to begin. */
  readonly smallBudgets: readonly SmallBudget[]
  /** Without a limit, although the host has one for another provider. */
  readonly uncovered: readonly UncoveredProvider[]
  /** Each limit, and who keeps it on this host. */
  readonly limits: readonly LimitReport[]
  /** Logins that may expire during the run. */
  readonly logins: readonly LoginEnd[]
  readonly cwd: string
  /** For a resumed run. */
  readonly resumes: ResumedFacts | undefined
}

export interface ResumedFacts {
  readonly slug: string
  readonly status: string
  readonly endReason: string | undefined
  readonly frozenAt: string | undefined
  readonly changes: readonly LaunchChange[]
}
