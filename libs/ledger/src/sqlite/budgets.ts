// Operator-set limits, and where every limit that binds a request stands now.
//
// Which limits bind is libs/budget's decision; this file brings it the numbers.

import type { Database } from "bun:sqlite"
import { findBindingLimits, findTightest, formatScope, type LimitStanding } from "@bot-bottle/budget"
import {
  type BudgetLimit,
  OperatorProblem,
  type ProviderName,
  type RunBudgets,
  type Scope,
  type ScopeKind,
  USD,
  type Window,
} from "@bot-bottle/contracts"
import type { BudgetReset, GoverningBudget } from "../roles/budgets.ts"
import type { Audit } from "./audit.ts"
import type { Blocks } from "./blocks.ts"
import type { Counter, Spend } from "./spend.ts"
import type { Terms } from "./terms.ts"

export interface Budgets {
  set(limit: Omit<BudgetLimit, "source">, actor: string): void
  unset(scope: Scope, provider: ProviderName, actor: string): boolean
  reset(which: BudgetReset, actor: string): void
  list(): readonly BudgetLimit[]
  /** Of every limit that binds a request: those of its provider's tokens, then those of money. */
  binding(
    terms: Pick<Terms, "provider" | "budgets" | "declaresMoney">,
    counters: readonly Counter[],
  ): readonly LimitStanding[]
  /** Inside a write transaction: makes the limits of every scope but the host's these. No audit row. */
  mirror(limits: readonly Omit<BudgetLimit, "source">[]): void
  /** For callers that hold no counters: looks them up, creating none. */
  governing(budgets: RunBudgets, provider: ProviderName): GoverningBudget | undefined
  standingOf(limit: BudgetLimit): GoverningBudget
}

export interface BudgetsOptions {
  readonly spend: Spend
  readonly audit: Audit
  /** Absent in a ledger of one host. */
  readonly blocks: Blocks | undefined
  readonly nowMs: () => number
}

export function createBudgets(db: Database, { spend, audit, blocks, nowMs }: BudgetsOptions): Budgets {
  const upsertLimit = db.query<null, { id: number; limitTokens: number; window: string; isMoney: 0 | 1 }>(`
    INSERT INTO budget (spend_id, limit_tokens, limit_window, is_money) VALUES ($id, $limitTokens, $window, $isMoney)
    ON CONFLICT DO UPDATE SET limit_tokens = excluded.limit_tokens, limit_window = excluded.limit_window
  `)
  const deleteLimit = db.query<null, { id: number }>("DELETE FROM budget WHERE spend_id = $id")
  const selectLimits = db.query<
    { scope_kind: ScopeKind; scope_key: string; provider: string; limit_tokens: number; limit_window: Window },
    []
  >(`
    SELECT scope_kind, scope_key, provider, limit_tokens, limit_window
    FROM budget JOIN spend ON spend.id = budget.spend_id
    ORDER BY CASE scope_kind WHEN 'fleet' THEN -1 WHEN 'host' THEN 0 WHEN 'bottle' THEN 1 WHEN 'agent' THEN 2 ELSE 3 END, scope_key, provider
  `)

  const listLimits = (): readonly BudgetLimit[] =>
    selectLimits.all().map((row) => ({
      scope: { kind: row.scope_kind, key: row.scope_key },
      provider: row.provider,
      limitTokens: row.limit_tokens,
      window: row.limit_window,
      source: "operator",
    }))

  function openCounter(scope: Scope, provider: ProviderName): Counter {
    spend.open([scope], provider)
    const counter = spend.find(scope, provider)
    if (!counter) throw new Error(`The counter of ${formatScope(scope)} was not stored`)
    return counter
  }

  function record(kind: string, actor: string, detail: Readonly<Record<string, unknown>>, scope?: Scope): void {
    audit.append({ slug: scope?.kind === "run" ? scope.key : "", kind, actor, detail }, nowMs())
  }

  function standing(limit: BudgetLimit, isCeiling: boolean, counter: Counter | undefined): LimitStanding {
    if (!counter) return { limit, isCeiling, usedTokens: 0, reservedTokens: 0 }
    const { reservedTokens } = counter
    if (blocks?.isShared(limit) !== true) {
      return { limit, isCeiling, usedTokens: spend.usedTokens(counter, limit.window, nowMs()), reservedTokens }
    }
    const { usedTokens, leftTokens } = blocks.measure(counter, limit.window)
    return { limit, isCeiling, usedTokens, reservedTokens, blockLeftTokens: leftTokens }
  }

  function standings(budgets: RunBudgets, provider: ProviderName, counters: readonly Counter[]): LimitStanding[] {
    const byScope = new Map(counters.map((counter) => [formatScope(counter.scope), counter]))
    const operatorLimits = counters.flatMap(({ operatorLimit }) => operatorLimit ?? [])
    const limits = [...operatorLimits, ...budgets.declared]
    const binding = findBindingLimits({ provider, chain: budgets.chain, limits, ceilings: budgets.ceilings })
    return binding.map(({ limit, isCeiling }) => standing(limit, isCeiling, byScope.get(formatScope(limit.scope))))
  }

  function countersOf({ chain, ceilings }: RunBudgets, provider: ProviderName): readonly Counter[] {
    const scopes = [...chain, ...ceilings.map((ceiling) => ceiling.scope)]
    return scopes.flatMap((scope) => spend.find(scope, provider) ?? [])
  }

  return {
    set({ scope, provider, limitTokens, window }, actor) {
      if (!Number.isSafeInteger(limitTokens) || limitTokens < 0) {
        throw new RangeError(`A limit of ${limitTokens} is not a whole number`)
      }
      if (scope.kind === "fleet" && blocks === undefined) {
        throw new OperatorProblem("'fleet' is a scope of a shared ledger, and this one is the host's own", {
          hint: "use the scope 'host', or name the shared ledger in settings.yml: ledger: postgres://…",
        })
      }
      const { id, operatorLimit: before } = openCounter(scope, provider)
      upsertLimit.run({ id, limitTokens, window, isMoney: isMoney(provider) })
      const was = before ? { limit_before: before.limitTokens, window_before: before.window } : {}
      const detail = { scope: formatScope(scope), provider, limit: limitTokens, window, ...was }
      record("budget-set", actor, detail, scope)
    },

    mirror(limits) {
      const wanted = new Map(limits.map((limit) => [`${formatScope(limit.scope)} ${limit.provider}`, limit]))
      for (const { scope, provider, limitTokens, window } of listLimits()) {
        const limit = wanted.get(`${formatScope(scope)} ${provider}`)
        if (limit?.limitTokens === limitTokens && limit.window === window)
          wanted.delete(`${formatScope(scope)} ${provider}`)
        else if (!limit && scope.kind !== "host") deleteLimit.run({ id: openCounter(scope, provider).id })
      }
      for (const { scope, provider, limitTokens, window } of wanted.values()) {
        const { id } = openCounter(scope, provider)
        upsertLimit.run({ id, limitTokens, window, isMoney: isMoney(provider) })
      }
    },

    unset(scope, provider, actor) {
      const counter = spend.find(scope, provider)
      if (!counter?.operatorLimit) return false
      deleteLimit.run({ id: counter.id })
      const { limitTokens, window } = counter.operatorLimit
      const detail = { scope: formatScope(scope), provider, limit_before: limitTokens, window_before: window }
      record("budget-unset", actor, detail, scope)
      return true
    },

    reset({ scope, provider }, actor) {
      const counter = scope && provider ? spend.find(scope, provider) : undefined
      const was = counter ? { used_before: counter.totalTokens } : {}
      const counters = spend.resetTotal(scope, provider, nowMs())
      const detail = { scope: scope ? formatScope(scope) : "every", provider: provider ?? "every", counters, ...was }
      record("budget-reset", actor, detail, scope)
    },

    list: listLimits,

    binding(terms, counters) {
      const { budgets: runBudgets, provider } = terms
      const ofTokens = standings(runBudgets, provider, counters)
      // Every counter knows, so that the usual request pays no statement for it.
      if (!terms.declaresMoney && counters[0]?.knowsMoneyLimits !== true) return ofTokens
      return [...ofTokens, ...standings(runBudgets, USD, countersOf(runBudgets, USD))]
    },

    governing(budgets, provider) {
      const counters = countersOf(budgets, provider)
      // The tokens that this host has drawn do not tell how much of the limit is left.
      const whole = standings(budgets, provider, counters).map(({ blockLeftTokens: _, ...standing }) => standing)
      const tightest = findTightest(whole)
      return tightest && governingFrom(tightest)
    },

    standingOf: (limit) => governingFrom(standing(limit, false, spend.find(limit.scope, limit.provider))),
  }
}

function isMoney(provider: ProviderName): 0 | 1 {
  return provider === USD ? 1 : 0
}

export function governingFrom({ limit, isCeiling, usedTokens, reservedTokens }: LimitStanding): GoverningBudget {
  return { ...limit, isCeiling, usedTokens, reservedTokens }
}
