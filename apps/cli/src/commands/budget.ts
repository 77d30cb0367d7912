// `budget`: the operator's own limits. What they set here beats manifests and settings.yml
// for the same scope, and counts from the next request of every run, also of running ones.

import { type BudgetProblem, formatScope, parseScope, parseTokenCount } from "@bot-bottle/budget"
import { OperatorProblem, type Scope, WINDOWS, type Window } from "@bot-bottle/contracts"
import { listProviders } from "@bot-bottle/providers"
import type { Host } from "../host.ts"
import { openHostLedger } from "../host-ledger.ts"
import { formatCount } from "../terminal/figures.ts"
import { formatTable } from "../terminal/table.ts"

export async function runBudgetList(host: Host, flags: { readonly json?: boolean }): Promise<number> {
  using ledger = await openHostLedger(host)
  const limits = await ledger.listBudgets()
  if (flags.json) {
    const rows = limits.map(({ scope, provider, limitTokens, window }) => ({
      scope: scope.kind,
      key: scope.key,
      provider,
      limit: limitTokens,
      window,
    }))
    host.screen.print(JSON.stringify(rows, null, 2))
    return 0
  }
  if (limits.length === 0) {
    host.screen.note("no limit was set with 'budget set'; manifests and settings.yml may hold some")
    return 0
  }
  const columns = [
    { title: "SCOPE" },
    { title: "PROVIDER" },
    { title: "TOKENS", align: "right" as const },
    { title: "WINDOW" },
  ]
  const rows = limits.map(({ scope, provider, limitTokens, window }) => [
    formatScope(scope),
    provider,
    formatCount(limitTokens),
    window,
  ])
  for (const line of formatTable(columns, rows)) host.screen.print(line)
  return 0
}

export interface BudgetSetFlags {
  readonly scope: string
  readonly provider: string
  readonly tokens: string
  readonly window?: string
}

export async function runBudgetSet(host: Host, flags: BudgetSetFlags): Promise<number> {
  const scope = readScope(flags.scope)
  const provider = readProvider(flags.provider)
  const count = parseTokenCount(flags.tokens)
  if (count.outcome === "refused") throw badUsage(count)
  const window = readWindow(flags.window ?? "total")

  using ledger = await openHostLedger(host)
  await ledger.setBudget({ scope, provider, limitTokens: count.tokens, window })
  host.screen.print(`${formatScope(scope)} ${provider}: ${formatCount(count.tokens)} tokens, window ${window}`)
  return 0
}

export async function runBudgetUnset(
  host: Host,
  flags: { readonly scope: string; readonly provider: string },
): Promise<number> {
  const scope = readScope(flags.scope)
  const provider = readProvider(flags.provider)
  using ledger = await openHostLedger(host)
  if (!(await ledger.unsetBudget(scope, provider))) {
    throw new OperatorProblem(`no budget is set for ${flags.scope} ${flags.provider}`, {
      hint: "see 'bot-bottle budget list'",
    })
  }
  host.screen.print(`${formatScope(scope)} ${provider}: no longer set`)
  return 0
}

export async function runBudgetReset(
  host: Host,
  flags: { readonly scope?: string; readonly provider?: string },
): Promise<number> {
  const scope = flags.scope === undefined ? undefined : readScope(flags.scope)
  const provider = flags.provider === undefined ? undefined : readProvider(flags.provider)
  using ledger = await openHostLedger(host)
  await ledger.resetBudget(scope, provider)
  host.screen.print(
    `${scope === undefined ? "every scope" : formatScope(scope)} ${provider ?? "every provider"}: counted anew from now`,
  )
  return 0
}

function readScope(text: string): Scope {
  const result = parseScope(text)
  if (result.outcome === "parsed") return result.scope
  throw badUsage(result)
}

function readProvider(name: string): string {
  const known = listProviders()
    .map((provider) => provider.name)
    .filter((known) => known !== "command")
  if (known.includes(name)) return name
  throw new OperatorProblem(`unknown provider '${name}'`, { hint: `this build meters ${known.join(", ")}` })
}

function readWindow(text: string): Window {
  const window = WINDOWS.find((name) => name === text)
  if (window !== undefined) return window
  throw new OperatorProblem(`--window '${text}' is no window`, { exitCode: 2, hint: `use ${WINDOWS.join(", ")}` })
}

function badUsage({ message }: BudgetProblem): OperatorProblem {
  return new OperatorProblem(message, {
    exitCode: 2,
    hint: "for example: bot-bottle budget set agent:implementer claude 2M",
  })
}
