// The values that `info` shows: every value as resolved, with the line that sets it.
//
//   INV-41  A literal of `env` appears only when neither its name nor its text looks like a secret; host
//           variables and answers appear as where they come from.

import { DEFAULT_DLP, formatAuthority, formatCounted } from "@bot-bottle/contracts"
import type { AgentProviderFields } from "../keys/agent-provider.ts"
import { describeBudgetLimit } from "../keys/budget.ts"
import { describeDlp } from "../keys/dlp.ts"
import { describeFanOut } from "../keys/fan-out.ts"
import { DEFAULT_PIDS } from "../keys/limits.ts"
import type { EnvValue, ResolvedValue, RouteSpec } from "../manifest.ts"
import { looksLikeCredential } from "../names.ts"
import { formatOrigin } from "../problem.ts"
import type { Fields, Sourced } from "../yaml/fields.ts"
import type { FoldedBottle } from "./fold-bottles.ts"

export function listBottleValues(folded: FoldedBottle): readonly ResolvedValue[] {
  return [
    ...listProviderValues(folded.agentProvider),
    ...Object.entries(folded.env).map(([name, sourced]) =>
      line(`env.${name}`, sourced, (value) => describeEnv(name, value)),
    ),
    orDefault("egress.log", folded.logLevel, "1"),
    folded.dlp
      ? line("egress.dlp", folded.dlp, describeDlp)
      : { key: "egress.dlp", value: describeDlp(DEFAULT_DLP), origin: "default" },
    orDefault("egress.server_tools", folded.serverTools, "refuse"),
    ...(folded.onUnlisted ? [line("egress.on_unlisted", folded.onUnlisted, String)] : []),
    ...(folded.onMatch ? [line("egress.on_match", folded.onMatch, String)] : []),
    ...(folded.askTimeout ? [line("egress.ask_timeout", folded.askTimeout, (ms) => `${ms / 1_000}s`)] : []),
    ...folded.routes.map((route, index) =>
      line(`egress.routes[${index}]`, route, (rows) => rows.map(describeRow).join("; ")),
    ),
    ...listFields("git.user", folded.gitUser),
    ...Object.entries(folded.gitRepos).flatMap(([name, repo]) => listFields(`git.repos.${name}`, repo.value)),
    ...(folded.requireGitleaks ? [line("git.require_gitleaks", folded.requireGitleaks, String)] : []),
    ...listFields("forge", folded.forge),
    ...Object.entries(folded.budgets).flatMap(([bottle, budget]) =>
      Object.entries(budget).map(([provider, limit]) =>
        line(`budget.${provider}`, limit, (amount) => `${describeBudgetLimit(provider, amount)} for bottle ${bottle}`),
      ),
    ),
    ...Object.entries(folded.fanOuts).flatMap(([bottle, found]) =>
      listFields("", found, (value, key) => `${describeFanOut(key, Number(value))} for bottle ${bottle}`).map(
        withoutDot,
      ),
    ),
    ...(folded.shutdown ? [line("shutdown", folded.shutdown, String)] : []),
    ...(folded.onLimit ? [line("on_limit", folded.onLimit, String)] : []),
    ...listFields("limits", folded.limits, describeLimit),
    ...(folded.limits.pids ? [] : [{ key: "limits.pids", value: `${DEFAULT_PIDS}`, origin: "default" }]),
    ...(folded.image ? [line("image", folded.image, String)] : []),
    ...(folded.workspace ? [line("workspace", folded.workspace, String)] : []),
    ...(folded.workspacePath ? [line("workspace_path", folded.workspacePath, String)] : []),
    ...folded.workspaceHide.map((rule, index) => line(`workspace_hide[${index}]`, rule, String)),
    orDefault("supervise", folded.supervise, "false"),
  ]
}

export function line<T>(key: string, { value, origin }: Sourced<T>, describe: (value: T) => string): ResolvedValue {
  return { key, value: describe(value), origin: formatOrigin(origin) }
}

/** Of fields that stand at the top. */
export function withoutDot<T extends { readonly key: string }>(value: T): T {
  return { ...value, key: value.key.replace(/^\./, "") }
}

export function listFields<S>(
  prefix: string,
  found: Fields<S>,
  describe: (value: unknown, key: string) => string = String,
): readonly ResolvedValue[] {
  return Object.entries<Sourced<unknown> | undefined>(found).flatMap(([key, sourced]) =>
    sourced ? [line(`${prefix}.${key}`, sourced, (value) => describe(value, key))] : [],
  )
}

function orDefault(key: string, sourced: Sourced<unknown> | undefined, fallback: string): ResolvedValue {
  return sourced ? line(key, sourced, String) : { key, value: fallback, origin: "default" }
}

function describeAuth(value: unknown): string {
  return Array.isArray(value) ? JSON.stringify(value.map((word: Sourced<string>) => word.value)) : String(value)
}

function listProviderValues(given: Fields<AgentProviderFields>): readonly ResolvedValue[] {
  const words = (list: readonly Sourced<string>[]) => JSON.stringify(list.map(({ value }) => value))
  return [
    orDefault("agent_provider.template", given.template, "claude"),
    ...(given.argv ? [line("agent_provider.argv", given.argv, words)] : []),
    ...(given.meters ? [line("agent_provider.meters", given.meters, words)] : []),
    ...(given.auth ? listFields("agent_provider.auth", given.auth.value, describeAuth) : []),
    ...(given.settings ? listFields("agent_provider.settings", given.settings.value) : []),
  ]
}

function describeEnv(name: string, value: EnvValue): string {
  switch (value.kind) {
    case "literal":
      return mayBeSecret(name, value.value) ? "(set, not shown)" : JSON.stringify(value.value)
    case "host":
      return `from host variable ${value.name}`
    case "ask":
      return "asked for at launch"
  }
}

/** Errs on the side of hiding: a password in a URL, or anything long and mixed, counts. */
function mayBeSecret(name: string, text: string): boolean {
  if (/key|token|secret|passw|pwd|credential|auth|cookie|session|private|dsn/i.test(name)) return true
  if (looksLikeCredential(text) || /:\/\/[^/\s]*@/.test(text) || /-----BEGIN/.test(text)) return true
  return /(?=[^\s]*\d)(?=[^\s]*[A-Za-z])[A-Za-z0-9+/_=-]{20,}/.test(text)
}

function describeRow({ effect, scheme, host, port, inspect, matches, tokenRef, dlp }: RouteSpec): string {
  const marks = [
    ...(inspect ? [] : ["not inspected"]),
    ...(matches === "every" ? [] : [formatCounted(matches.length, "rule")]),
    ...(tokenRef === undefined ? [] : [`credential of host variable ${tokenRef}`]),
    ...(dlp === undefined ? [] : [`dlp ${describeDlp(dlp)}`]),
  ]
  return `${effect} ${scheme}://${formatAuthority({ host, port })}${marks.length === 0 ? "" : ` (${marks.join(", ")})`}`
}

function describeLimit(value: unknown, key: string): string {
  if ((key !== "memory" && key !== "disk") || typeof value !== "number") return String(value)
  const units = [" bytes", "k", "m", "g", "t"]
  const power = units.findLastIndex((_, index) => value % 2 ** (10 * index) === 0)
  return `${value / 2 ** (10 * power)}${units[power]}`
}
