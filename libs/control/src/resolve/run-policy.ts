// The policy of a run's proxy, from a resolved launch: at its start, and at a reload while it runs.

import type { RunBudgets, RunPolicy, SuperviseRules } from "@bot-bottle/contracts"
import type { BottleManifest, Settings } from "@bot-bottle/manifest"
import type { ResolvedLaunch } from "./resolve-launch.ts"

export function runPolicy(
  { routes, settings, bottle, observe, prices }: ResolvedLaunch,
  budgets: RunBudgets,
): RunPolicy {
  return {
    routes,
    resolve: settings.resolve,
    budgets,
    // To learn from a run, all that it did must be in its log.
    logLevel: observe ? 2 : bottle.logLevel,
    ...(bottle.serverTools === undefined ? {} : { serverTools: bottle.serverTools }),
    ...(bottle.onLimit === undefined ? {} : { onLimit: bottle.onLimit }),
    ...(bottle.supervise ? { supervise: superviseRules(bottle, settings) } : {}),
    ...(observe ? { observe: bottle.dlp === undefined ? {} : { dlp: bottle.dlp } } : {}),
    ...(prices.length === 0 ? {} : { prices }),
  }
}

function superviseRules(
  { onUnlisted = "refuse", onMatch = "refuse", askTimeoutMs, dlp }: BottleManifest,
  settings: Settings,
): SuperviseRules {
  return {
    onUnlisted,
    onMatch,
    askTimeoutMs: askTimeoutMs ?? settings.askTimeoutMs,
    ...(dlp === undefined ? {} : { dlp }),
  }
}
