// The few lines before "Start?": who runs, what it sees, where it may go, which key, how much it
// may spend, and anything unusual. Pure. Details stand in preflight.ts, one key away.

import { formatScope } from "@bot-bottle/budget"
import { DEFAULT_DLP, sanitizeLine, USD } from "@bot-bottle/contracts"
import { type LaunchSurvey, listOpenRoutes, type PreflightFacts, type ResolvedLaunch } from "@bot-bottle/control"
import { shownPath } from "@bot-bottle/manifest"
import { describeChange, describeLoginEnd } from "./describe-event.ts"
import { OBSERVES } from "./describe-observe.ts"
import { describeSmallBudget } from "./describe-small-budget.ts"
import { formatHiddenCount } from "./describe-survey.ts"
import { describeUncovered } from "./describe-uncovered.ts"
import { formatLeft } from "./preflight.ts"

export interface ShortPreflight {
  /** Title and text, in reading order. */
  readonly lines: readonly (readonly [title: string, text: string])[]
  /** A protection that the operator turned off. */
  readonly alarms: readonly string[]
  /** Worth a second look. */
  readonly unusual: readonly string[]
}

export function shortPreflight(facts: PreflightFacts, { hidden }: LaunchSurvey): ShortPreflight {
  const { launch, resumes } = facts
  return {
    lines: [
      [resumes === undefined ? "agent" : "resumes", describeWho(facts)],
      ["sees", describeWorkspace(launch, facts.cwd) + describeHidden(hidden)],
      ["reaches", describeHosts(launch)],
      ["key", describeKeys(launch)],
      ["budget", describeBudget(facts)],
    ],
    alarms: launch.observe ? [OBSERVES] : [],
    unusual: listUnusual(facts).map(sanitizeLine),
  }
}

function describeWho({ launch, label, resumes }: PreflightFacts): string {
  const { agent, bottles, provider } = launch
  const whose = agent.origin === "repo" ? ", an agent of this repository" : ""
  const names = `${agent.name} in bottle ${bottles.join(" + ")}${whose}`
  if (resumes !== undefined) return sanitizeLine(`${resumes.slug}: ${names}`)
  return sanitizeLine(`${names} (${provider.name})${label === agent.name ? "" : ` as '${label}'`}`)
}

function describeWorkspace({ workspace, copyFolder, bindFolder }: ResolvedLaunch, cwd: string): string {
  switch (workspace) {
    case "copy":
      return `a copy of ${shownPath(copyFolder ?? cwd)}; 'apply' brings its changes here`
    case "bind":
      return `${shownPath(bindFolder ?? cwd)} itself; hooks and editor settings are read-only`
    case "kept":
      return "its workspace, as the agent left it"
    case "empty":
      return "an empty folder; --cwd copies this one"
  }
}

function describeHidden(hidden: LaunchSurvey["hidden"]): string {
  return hidden === undefined || (hidden.count === 0 && hidden.isWhole) ? "" : `; ${formatHiddenCount(hidden)}`
}

function describeHosts({ routes }: ResolvedLaunch): string {
  const hosts = [...new Set(listOpenRoutes(routes).map(({ host }) => host))]
  if (hosts.length === 0) return "nothing"
  const shown = hosts.slice(0, MAX_HOSTS).join(", ")
  return hosts.length > MAX_HOSTS ? `${shown} and ${hosts.length - MAX_HOSTS} more` : shown
}

const MAX_HOSTS = 4

function describeKeys({ credentials, meters }: ResolvedLaunch): string {
  const names = [...new Set([...credentials.values()].map(({ name, login }) => withAccount(name, login?.account)))]
  if (names.length > 0) return `${names.join(", ")}; it stays on this host`
  return meters.length === 0 ? "none needed" : "none: the model server takes none"
}

function withAccount(name: string, account: string | undefined): string {
  return account === undefined ? name : `${name} (${sanitizeLine(account)})`
}

function describeBudget({ launch, governing }: PreflightFacts): string {
  if (launch.meters.length === 0) return "this bottle meters no provider"
  const names = governing.has(USD) ? [...launch.meters, USD] : launch.meters
  return names
    .map((provider) => {
      const budget = governing.get(provider)
      if (budget === undefined) return `${provider}: no limit, usage is recorded`
      const left = Math.max(0, budget.limitTokens - budget.usedTokens - budget.reservedTokens)
      const window = budget.window === "total" ? "" : budget.window === "day" ? " today" : ` this ${budget.window}`
      const scope = budget.scope.kind === "run" ? "this run" : formatScope(budget.scope)
      return `${formatLeft(provider, left, budget.limitTokens)}${window} (${scope})`
    })
    .join("; ")
}

function listUnusual({ launch, limits, logins, resumes, smallBudgets, uncovered }: PreflightFacts): readonly string[] {
  const { bottle, policy } = launch
  const uncontrolled = launch.routes.filter(({ effect, inspect }) => effect === "allow" && !inspect)
  return [
    ...smallBudgets.map(describeSmallBudget),
    ...uncovered.map(describeUncovered),
    ...logins.map(describeLoginEnd),
    ...(resumes?.changes ?? []).map((change) => `changed: ${describeChange(change)}`),
    ...(launch.secrets === "shown" && launch.workspace !== "empty"
      ? ["files that may hold secrets are shown to the agent"]
      : []),
    ...((bottle.dlp ?? DEFAULT_DLP).outbound === "off" ? ["requests are not searched for your credentials"] : []),
    ...(bottle.serverTools === "allow" ? ["the provider may fetch any host for the agent"] : []),
    ...(uncontrolled.length === 0 ? [] : [`not inspected: ${uncontrolled.map(({ host }) => host).join(", ")}`]),
    ...(policy === "kill" ? ["when the budget runs out, the run is killed and its files are removed"] : []),
    ...limits.filter(({ kept }) => kept === "none").map(({ limit, detail }) => `no ${limit} limit here: ${detail}`),
  ]
}
