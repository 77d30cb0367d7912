// The policy of a run's proxy, from a resolved launch: at its start, and at a reload while it runs.

import type { RunBudgets, RunPolicy } from "@bot-bottle/contracts"
import type { ResolvedLaunch } from "./resolve-launch.ts"

export function runPolicy({ routes, settings, bottle }: ResolvedLaunch, budgets: RunBudgets): RunPolicy {
  return {
    routes,
    resolve: settings.resolve,
    budgets,
    logLevel: bottle.logLevel,
    ...(bottle.serverTools === undefined ? {} : { serverTools: bottle.serverTools }),
  }
}
