// The text that the operator reads before saying yes: the launch as resolved, who pays and how much
// is left. Pure. Credentials and environment appear by name and kind, never by value.

import { formatScope } from "@bot-bottle/budget"
import {
  type CredentialedRoute,
  DEFAULT_DLP,
  type Dlp,
  type FanOutLimit,
  formatAmount,
  formatAuthority,
  formatCount,
  formatUsd,
  type ProviderName,
  type RouteMatch,
  type ServerToolRule,
  sanitizeLine,
  USD,
} from "@bot-bottle/contracts"
import {
  type LaunchSurvey,
  listOpenRoutes,
  type PreflightFacts,
  type ResolvedLaunch,
  type ResumedFacts,
} from "@bot-bottle/control"
import type { GoverningBudget } from "@bot-bottle/ledger"
import { type BottleManifest, type EnvValue, type GitUser, shownPath } from "@bot-bottle/manifest"
import { wrapText } from "../terminal/wrap-text.ts"
import { describeChange, describeLoginEnd } from "./describe-event.ts"
import { describeLimitReports } from "./describe-limits.ts"
import { describeLogin } from "./describe-login.ts"
import { OBSERVES } from "./describe-observe.ts"
import { describeMissingTools, formatHiddenCount } from "./describe-survey.ts"

/** Title and lines, in reading order. */
export type PreflightSection = readonly [title: string, lines: readonly string[]]

export function describePreflight(
  { launch, label, governing, limits, cwd, logins, resumes }: PreflightFacts,
  { hidden, missingTools }: LaunchSurvey,
): readonly PreflightSection[] {
  const { agent, bottle, bottles, provider, skills = [] } = launch
  const open = new Set(listOpenRoutes(launch.routes))
  const env = Object.entries(bottle.env).map(([name, value]) => `${name} (${describeValue(value)})`)
  return [
    ...(resumes === undefined ? [] : describeResumed(resumes)),
    ["agent", [`${agent.name}, from ${shownPath(agent.file)}${agent.origin === "repo" ? ", of this repository" : ""}`]],
    ...(skills.length === 0 ? [] : [["skills", [skills.map(({ name }) => name).join(", ")]] as const]),
    ["label", [label]],
    ["bottle", [bottles.join(" + ") + bottle.ancestors.map((name) => ` <- ${name}`).join("")]],
    [
      "provider",
      [
        provider.toolchain
          ? `${provider.name}, ${provider.toolchain.npmPackage} ${provider.toolchain.version}`
          : provider.name,
      ],
    ],
    ...describeMissing(launch),
    ...describeLogins([...listAccounts(launch), ...logins.map(describeLoginEnd)]),
    ["backend", [launch.image === undefined ? launch.backendName : `${launch.backendName}, image ${launch.image}`]],
    ["workspace", [describeWorkspace(launch, cwd), ...describeHidden(hidden, bottle.workspaceHide)]],
    ...(missingTools.length === 0 ? [] : [["tools", [describeMissingTools(missingTools)]] as const]),
    ["limits", describeLimitReports(bottle.limits, limits)],
    ...describeGitUser({ ...bottle.gitUser, ...agent.gitUser }),
    ["env", env.length === 0 ? ["none"] : env],
    [
      "egress",
      [
        ...launch.routes
          .filter((route) => route.effect === "deny" || open.has(route))
          .map((route) => describeRoute(route, launch)),
        launch.observe ? OBSERVES : describeUnlisted(bottle),
      ],
    ],
    ["dlp", [describeDlp(bottle.dlp ?? DEFAULT_DLP)]],
    ["server tools", [SERVER_TOOLS[bottle.serverTools ?? "refuse"]]],
    ...(bottle.supervise ? [["questions", describeQuestions(bottle)] as const] : []),
    ["budget", describeBudgets(launch.meters, governing)],
    ...describePace(launch.budgetsFor("").fanOut),
    ["shutdown", [`${launch.policy} when the budget is gone`]],
  ]
}

function describeUnlisted({ supervise, onUnlisted }: BottleManifest): string {
  return supervise && onUnlisted === "ask" ? "everything else waits for your answer" : "everything else is refused"
}

function describeQuestions({ onMatch }: BottleManifest): readonly string[] {
  return [
    "the agent may ask you for hosts and tokens: bot-bottle supervise",
    ...(onMatch === "ask" ? ["a request that carries a credential waits for your answer"] : []),
  ]
}

/** No wider than `width`; Infinity for a pipe or a file. */
export function formatPreflight(sections: readonly PreflightSection[], width: number): readonly string[] {
  const column = Math.max(...sections.map(([title]) => title.length)) + 2
  return sections.flatMap(([title, lines]) =>
    lines
      .flatMap((line) => wrapText(sanitizeLine(line), { width: width - column, hang: 2 }))
      .map((line, index) => `${(index === 0 ? title : "").padEnd(column)}${line}`),
  )
}

/** One provider's budget in words: what governs it and what is left. */
export function describeBudget(provider: ProviderName, budget: GoverningBudget | undefined): string {
  if (budget === undefined) return `${provider}: no limit (usage is recorded)`
  const left = Math.max(0, budget.limitTokens - budget.usedTokens - budget.reservedTokens)
  const what = budget.isCeiling ? "ceiling" : "budget"
  const window = budget.window === "total" ? "" : budget.window === "day" ? " today" : ` this ${budget.window}`
  return `${formatLeft(provider, left, budget.limitTokens)}${window} (${what} of ${formatScope(budget.scope)})`
}

function describePace(limits: readonly FanOutLimit[] = []): readonly PreflightSection[] {
  const lines = limits.map(({ scope, parallel, requestsPerMinute, spendPerMinute }) => {
    const parts = [
      ...(parallel === undefined ? [] : [`${formatCount(parallel)} at once`]),
      ...(requestsPerMinute === undefined ? [] : [`${formatCount(requestsPerMinute)} a minute`]),
      ...(spendPerMinute === undefined ? [] : [`${formatUsd(spendPerMinute)} a minute`]),
    ]
    return `${scope.kind === "run" ? "this run" : formatScope(scope)}: ${parts.join(", ")}`
  })
  return lines.length === 0 ? [] : [["requests", lines]]
}

/** `claude: 5 of 10 tokens left`, `money: $5.00 of $10.00 left`. */
export function formatLeft(provider: ProviderName, left: number, limit: number): string {
  const share = `${formatAmount(provider, left)} of ${formatAmount(provider, limit)}`
  return provider === USD ? `money: ${share} left` : `${provider}: ${share} tokens left`
}

function describeResumed({ slug, status, endReason, frozenAt, changes }: ResumedFacts): readonly PreflightSection[] {
  const why = endReason === undefined ? "" : ` (${endReason})`
  const since = frozenAt === undefined ? "" : ` since ${frozenAt}`
  return [
    ["resumes", [`${slug}, ${status}${why}${since}`]],
    ["changed", changes.length === 0 ? ["nothing since its last launch"] : changes.map(describeChange)],
  ]
}

/** For every route that does not say otherwise. */
function describeDlp({ outbound, detect }: Dlp): string {
  if (outbound === "off") return "off: requests are not searched for credentials"
  const what = detect.includes("token_patterns") ? "the host's, or any that looks like one" : "one of the host's"
  return outbound === "block"
    ? `requests that contain a credential (${what}) are refused`
    : `credentials (${what}) are redacted from requests`
}

const SERVER_TOOLS: Readonly<Record<ServerToolRule, string>> = {
  refuse: "web search and fetch by the provider: only listed hosts",
  trim: "web search and fetch by the provider: trimmed to listed hosts",
  allow: "web search and fetch by the provider: any host",
}

function describeGitUser({ name, email }: GitUser): readonly PreflightSection[] {
  if (name === undefined && email === undefined) return []
  return [["git user", [[name, email === undefined ? undefined : `<${email}>`].filter(Boolean).join(" ")]]]
}

function describeWorkspace({ workspace, copyFolder, bindFolder, guestPath }: ResolvedLaunch, cwd: string): string {
  switch (workspace) {
    case "empty":
      return "empty; --cwd copies the current folder into it"
    case "copy":
      return `a copy of ${copyFolder ?? cwd}${guestPath === undefined ? "" : ", at the same path"}`
    case "kept":
      return "as the agent left it"
    case "bind":
      return `${bindFolder ?? cwd} itself (hooks and editor settings are read-only)`
  }
}

/** The bottle's own rules are named: they may show a name that is hidden otherwise. */
function describeHidden(hidden: LaunchSurvey["hidden"], rules: readonly string[]): readonly string[] {
  if (hidden === undefined) return []
  const own = rules.length === 0 ? "" : `; workspace_hide: ${rules.join(", ")}`
  return [`${formatHiddenCount(hidden)}${own}`]
}

/** The subscriptions that pay, and until when their access tokens last. */
function listAccounts({ credentials }: ResolvedLaunch): readonly string[] {
  return [...credentials].flatMap(([provider, { login }]) =>
    login === undefined
      ? []
      : [`${provider}: ${[login.shown, describeLogin(login, Date.now())].filter(Boolean).join(": ")}`],
  )
}

/** Of a preview: a launch would be refused. */
function describeMissing({ missing }: ResolvedLaunch): readonly PreflightSection[] {
  if (missing.length === 0) return []
  return [["credential", missing.map(({ message, hint }) => `MISSING: ${message}; ${hint}`)]]
}

function describeLogins(lines: readonly string[]): readonly PreflightSection[] {
  return lines.length === 0 ? [] : [["login", lines]]
}

function describeBudgets(meters: readonly ProviderName[], governing: PreflightFacts["governing"]): readonly string[] {
  if (meters.length === 0) return ["this bottle meters no provider"]
  const names = governing.has(USD) ? [...meters, USD] : meters
  return names.map((name) => describeBudget(name, governing.get(name)))
}

function describeRoute(route: CredentialedRoute, { credentials, bottle, missing }: ResolvedLaunch): string {
  const where = `${route.scheme}://${formatAuthority(route, route.scheme)}`
  const rules = route.matches === "every" ? "" : `  ${route.matches.map(describeMatch).join(" or ")}`
  const marks = [
    ...(route.effect === "deny" ? ["denied"] : []),
    ...(route.inspect ? [] : ["not inspected"]),
    ...(route.metering ? [`metered as ${route.metering.provider}`] : []),
    ...(route.dlp && route.dlp.outbound !== (bottle.dlp ?? DEFAULT_DLP).outbound ? [`dlp ${route.dlp.outbound}`] : []),
    ...(route.secret ? [`credential ${credentialName(route, { credentials, bottle })}`] : []),
    ...(isMissing(route, missing) ? ["credential MISSING"] : []),
    route.origin,
  ]
  return `${where}${rules}  [${marks.join(", ")}]`
}

export function isMissing({ metering, secret }: CredentialedRoute, missing: ResolvedLaunch["missing"]): boolean {
  return secret === undefined && missing.some(({ provider }) => provider === metering?.provider)
}

export function credentialName(
  route: CredentialedRoute,
  { credentials, bottle }: Pick<ResolvedLaunch, "credentials" | "bottle">,
): string {
  const own = bottle.routes.find(({ host, tokenRef }) => host === route.host && tokenRef !== undefined)?.tokenRef
  return own ?? (route.metering && credentials.get(route.metering.provider)?.name) ?? "from the host"
}

function describeMatch({ methods, paths, headers, ...others }: RouteMatch): string {
  // A new rule stops the compiler here: the operator must see it.
  others satisfies Record<string, never>
  const method = methods === "every" ? "any method" : methods.join(",")
  const path =
    paths === "every"
      ? "any path"
      : paths.map(({ type, value }) => (type === "exact" ? value : `${type} ${value}`)).join(" | ")
  const header = headers.map(({ name, value }) => ` with ${name}: ${value}`).join("")
  return `${method} ${path}${header}`
}

function describeValue(value: EnvValue): string {
  switch (value.kind) {
    case "literal":
      return "set in the bottle"
    case "host":
      return `from host variable ${value.name}`
    case "ask":
      return "asked for at launch"
  }
}

export function preflightLines(facts: PreflightFacts, survey: LaunchSurvey, width: number): readonly string[] {
  return formatPreflight(describePreflight(facts, survey), width)
}
