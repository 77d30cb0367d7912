// `budget`: the operator's own limits. A limit set here beats manifests and settings.yml for the
// same scope, and counts from the next request of every run, also of running ones.

import { join } from "node:path"
import {
  type BudgetChange,
  type BudgetProblem,
  formatLimit,
  formatScope,
  isSameScope,
  MAX_TOKENS,
  parseBudgetChange,
  parseScope,
} from "@bot-bottle/budget"
import {
  formatAmount,
  OperatorProblem,
  quoteCommand,
  type Scope,
  sanitizeLine,
  USD,
  unitOf,
  type Window,
} from "@bot-bottle/contracts"
import { findLaunchRecord, findRepoFolder, loadAnyRun, openHostLedger, openHostLedgerToRead } from "@bot-bottle/control"
import type { Ledger } from "@bot-bottle/ledger"
import { loadSettings, openManifestLibrary } from "@bot-bottle/manifest"
import { checkProvider } from "../../budgets/known-providers.ts"
import { type KnownLimit, listLimits } from "../../budgets/list-limits.ts"
import { chooseRun } from "../../choose-run/choose-run.ts"
import { controlHost } from "../../control-host.ts"
import type { Host } from "../../host.ts"
import { ledgerHost } from "../../ledger-host.ts"
import { noteTrouble } from "../../note-trouble.ts"
import { confirmWrite } from "../../terminal/confirm-write.ts"
import type { Screen } from "../../terminal/screen.ts"
import { type Column, formatTable } from "../../terminal/table.ts"

export async function runBudgetList(host: Host, flags: { readonly json?: boolean }): Promise<number> {
  await using ledger = await openHostLedgerToRead(controlHost(host))
  const limits = await loadLimits(host, ledger)
  const standings = await ledger.measureLimits(limits)
  const rows = limits.map((limit, index) => ({ ...limit, usedTokens: standings[index]?.usedTokens ?? 0 }))
  noteTrouble(host, ledger)
  if (flags.json) host.screen.print(JSON.stringify(rows.map(limitJson), null, 2))
  else if (rows.length === 0) {
    host.screen.note("No budgets: runs are metered and unlimited. To set one: bot-bottle budget set host claude 5M")
  } else for (const line of limitTable(rows, host.screen)) host.screen.print(line)
  return 0
}

type MeasuredLimit = KnownLimit & { readonly usedTokens: number }

export function limitJson({ scope, provider, limitTokens, usedTokens, window, from, isCeiling }: MeasuredLimit) {
  return {
    scope: scope.kind,
    key: scope.key,
    provider,
    unit: unitOf(provider),
    limit: limitTokens,
    used: usedTokens,
    window,
    is_ceiling: isCeiling,
    from,
  }
}

function limitTable(rows: readonly MeasuredLimit[], { width }: Screen): readonly string[] {
  const right = { align: "right" as const }
  const columns: readonly Column[] = [
    { title: "SCOPE", minWidth: 12 },
    { title: "PROVIDER" },
    { title: "USED", ...right },
    { title: "LIMIT", ...right },
    { title: "WINDOW", dropOrder: 2 },
    { title: "FROM", minWidth: 12, dropOrder: 1 },
  ]
  return formatTable(
    columns,
    rows.map(({ scope, provider, limitTokens, usedTokens, window, from, isCeiling }) => [
      isCeiling ? `${formatScope(scope)} (ceiling)` : formatScope(scope),
      provider,
      formatAmount(provider, usedTokens),
      formatAmount(provider, limitTokens),
      window,
      sanitizeLine(from),
    ]),
    { width },
  )
}

async function loadLimits({ env }: Host, ledger: Ledger): Promise<readonly KnownLimit[]> {
  const runs = (await ledger.listRuns({ all: true })).filter(({ status }) => status !== "killed" && status !== "ended")
  return listLimits({
    operator: await ledger.listBudgets(),
    settings: loadSettings(env.root),
    settingsFile: join(env.root, "settings.yml"),
    library: openManifestLibrary({ root: env.root, repoFolder: findRepoFolder(env.cwd) }),
    flags: runs.flatMap(({ slug }) =>
      (findLaunchRecord(env.root, slug)?.budgets.declared ?? []).filter(({ source }) => source === "flag"),
    ),
  })
}

export interface BudgetSetFlags {
  readonly scope: string
  readonly provider: string
  readonly tokens: string
  readonly window?: Window
}

export async function runBudgetSet(host: Host, flags: BudgetSetFlags): Promise<number> {
  const scope = await readScope(host, flags.scope)
  if (/^(?:unlimited|none|infinite|no)$/i.test(flags.tokens)) {
    throw new OperatorProblem(`'${flags.tokens}' is not a limit`, {
      exitCode: 2,
      hint: `to lift one: bot-bottle budget unset ${flags.scope} ${flags.provider}`,
    })
  }
  const change = parseBudgetChange(flags.provider, flags.tokens)
  if (change.outcome === "refused") throw badUsage(change, exampleFor(flags))

  await using ledger = await openHostLedger(ledgerHost(host))
  await checkOwner(host, ledger, scope)
  const declared = await loadLimits(host, ledger)
  const provider = await checkProvider(flags.provider, { root: host.env.root, ledger, declared })
  const inForce = declared.find(
    (limit) => isSameScope(limit.scope, scope) && limit.provider === provider && !limit.isCeiling,
  )
  const limitTokens = applyChange(change, inForce, { scope, provider })
  const limit = { scope, provider, limitTokens, window: flags.window ?? inForce?.window ?? "total" }
  await ledger.setBudget(limit, { actor: host.env.operator })
  const [measured] = await ledger.measureLimits([{ ...limit, source: "operator" }])
  const before = inForce === undefined ? "" : `${formatAmount(provider, inForce.limitTokens)} → `
  const used = `${formatAmount(provider, measured?.usedTokens ?? 0)} used`
  const amount = `${formatAmount(provider, limitTokens)}${provider === USD ? "" : " tokens"}`
  host.screen.print(`${formatScope(scope)} ${provider}: ${before}${amount} (${used}, window ${limit.window})`)
  if (limitTokens === 0) host.screen.note("bot-bottle: with a limit of 0 every metered request is refused")
  return 0
}

/** `+` and `-` change the limit in force, wherever it was declared. */
function applyChange(
  change: BudgetChange & { outcome: "parsed" },
  inForce: KnownLimit | undefined,
  { scope, provider }: Pick<KnownLimit, "scope" | "provider">,
): number {
  const what = `${formatScope(scope)} ${provider}`
  if (change.kind === "limit") return change.tokens
  if (inForce === undefined) {
    throw new OperatorProblem(`no limit is in force for ${what}, so there is nothing to ${change.kind}`, {
      hint: `set one: bot-bottle budget set ${what} ${change.kind === "raise" ? formatLimit(provider, change.tokens) : provider === USD ? "20" : "2M"}`,
    })
  }
  const next = inForce.limitTokens + (change.kind === "raise" ? change.tokens : -change.tokens)
  if (next < 0) {
    throw new OperatorProblem(
      `the limit of ${what} is ${formatAmount(provider, inForce.limitTokens)}, so it cannot be lowered by ${formatAmount(provider, change.tokens)}`,
      { exitCode: 2, hint: `to refuse every metered request: bot-bottle budget set ${what} 0` },
    )
  }
  if (next <= MAX_TOKENS) return next
  throw new OperatorProblem(
    `the limit of ${what} is ${formatAmount(provider, inForce.limitTokens)}: the sum is too large to count`,
    {
      exitCode: 2,
      hint: "see 'bot-bottle budget list'",
    },
  )
}

export async function runBudgetUnset(
  host: Host,
  flags: { readonly scope: string; readonly provider: string },
): Promise<number> {
  const scope = await readScope(host, flags.scope)
  await using ledger = await openHostLedger(ledgerHost(host))
  const limits = await loadLimits(host, ledger)
  const provider = await checkProvider(flags.provider, { root: host.env.root, ledger, declared: limits })
  if (!(await ledger.unsetBudget(scope, provider, { actor: host.env.operator }))) {
    const declared = limits.find(
      (limit) => isSameScope(limit.scope, scope) && limit.provider === provider && !limit.isCeiling,
    )
    throw new OperatorProblem(
      declared === undefined
        ? `no budget is set for ${flags.scope} ${flags.provider}`
        : `no budget is set for ${flags.scope} ${flags.provider} by 'budget set': ${declared.from} has the one in force`,
      { hint: "see 'bot-bottle budget list'" },
    )
  }
  host.screen.print(`${formatScope(scope)} ${provider}: no longer set`)
  return 0
}

export async function runBudgetReset(
  host: Host,
  flags: { readonly scope?: string; readonly provider?: string; readonly all?: boolean },
): Promise<number> {
  const scope = flags.scope === undefined ? undefined : await readScope(host, flags.scope)
  await using ledger = await openHostLedger(ledgerHost(host))
  const declared = await loadLimits(host, ledger)
  const provider =
    flags.provider === undefined
      ? undefined
      : await checkProvider(flags.provider, { root: host.env.root, ledger, declared })
  const what = `${scope === undefined ? "every scope" : formatScope(scope)} ${provider ?? "every provider"}`
  const given = scope !== undefined || flags.all === true
  const question = `Reset the counters of ${what}?`
  if (!(await confirmWrite(host.screen, { given, question, without: "bot-bottle budget reset --all" }))) return 0

  await ledger.resetBudget({ scope, provider }, { actor: host.env.operator })
  host.screen.print(`${what}: reset`)
  return 0
}

/** A limit on something that does not exist would never count. */
async function checkOwner({ env }: Host, ledger: Ledger, { kind, key }: Scope): Promise<void> {
  switch (kind) {
    case "host":
    // Without a fleet, the ledger refuses the scope.
    case "fleet":
      return
    case "run":
      await loadAnyRun(ledger, key)
      return
    case "agent":
    case "bottle": {
      const library = openManifestLibrary({ root: env.root, repoFolder: findRepoFolder(env.cwd) })
      const known = (kind === "agent" ? library.listAgents() : library.listBottles()).map(({ name }) => name)
      if (known.includes(key)) return
      throw new OperatorProblem(`unknown ${kind} '${key}'`, {
        hint: known.length === 0 ? "bot-bottle init" : `available: ${known.join(", ")}`,
      })
    }
  }
}

/** A run goes by any name that other commands take. */
async function readScope(host: Host, text: string): Promise<Scope> {
  const [, name] = /^run:(.+)$/.exec(text) ?? []
  const slug = name === undefined ? undefined : await chooseRun(host, name, { live: false })
  const result = parseScope(slug === undefined ? text : `run:${slug}`)
  if (result.outcome === "parsed") return result.scope
  throw badUsage(result, EXAMPLE)
}

const EXAMPLE = "for example: bot-bottle budget set agent:implementer claude 2M"

/** Dollars count over all providers, so the command for them names none. */
function exampleFor({ scope, provider, tokens }: BudgetSetFlags): string {
  const areDollars = provider !== USD && tokens.includes("$") && parseBudgetChange(USD, tokens).outcome === "parsed"
  return areDollars ? `to limit dollars: bot-bottle ${quoteCommand(["budget", "set", scope, USD, tokens])}` : EXAMPLE
}

function badUsage({ message }: BudgetProblem, hint: string): OperatorProblem {
  return new OperatorProblem(message, { exitCode: 2, hint })
}
