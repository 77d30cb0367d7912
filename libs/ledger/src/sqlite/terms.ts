// The terms a request is reserved under: which counters it moves and by which rules it is
// charged. Stored once and named by every request, so that whoever settles it after a crash
// knows them too.

import type { Database } from "bun:sqlite"
import { type ProviderName, type RunBudgets, USD } from "@bot-bottle/contracts"
import { MAX_LAUNCH_RECORD } from "@bot-bottle/contracts/messages/launch-record"
import { runBudgetsSchema } from "@bot-bottle/contracts/messages/shapes/budget-shapes"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import type { CounterIds, Spend } from "./spend.ts"

export interface Terms {
  readonly id: number
  readonly provider: ProviderName
  readonly budgets: RunBudgets
  readonly counters: CounterIds
  /** Whether a limit of money came with the run. */
  readonly declaresMoney: boolean
  /** Whether what a scope does in a minute is limited. */
  readonly hasRate: boolean
}

export interface TermsTable {
  /** Already stored by this process and committed. */
  recall(budgets: RunBudgets, provider: ProviderName): Terms | undefined
  /** Inside a write transaction. Pass the result to `remember` once that has committed. */
  record(budgets: RunBudgets, provider: ProviderName): Terms
  remember(budgets: RunBudgets, terms: Terms): void
  /** Throws when no request can have named them. */
  load(id: number): Terms
}

interface TermsRow {
  id: number
  provider: string
  run_budgets: string
  spend_ids: string
}

export function createTermsTable(db: Database, spend: Spend): TermsTable {
  const selectByHash = db.query<TermsRow, { hash: string }>("SELECT * FROM terms WHERE hash = $hash")
  const selectById = db.query<TermsRow, { id: number }>("SELECT * FROM terms WHERE id = $id")
  const insertTerms = db.query<null, { hash: string; provider: string; budgets: string; spendIds: string }>(
    "INSERT INTO terms (hash, provider, run_budgets, spend_ids) VALUES ($hash, $provider, $budgets, $spendIds)",
  )
  // Terms never change and are never deleted, so what was once committed stays true. A run's
  // process holds one RunBudgets object, which makes it the key.
  const recalled = new WeakMap<RunBudgets, Map<ProviderName, Terms>>()
  const loaded = new Map<number, Terms>()

  return {
    recall: (budgets, provider) => recalled.get(budgets)?.get(provider),

    record(budgets, provider) {
      const text = JSON.stringify(budgets)
      const hash = new Bun.CryptoHasher("sha256").update(`${provider}\n${text}`).digest("hex")
      const found = selectByHash.get({ hash })
      if (found) return termsFrom(found)

      const scopes = [...budgets.chain, ...budgets.ceilings.map((ceiling) => ceiling.scope)]
      insertTerms.run({ hash, provider, budgets: text, spendIds: spend.open(scopes, provider) })
      const inserted = selectByHash.get({ hash })
      if (!inserted) throw new Error(`Terms ${hash} were not stored`)
      return termsFrom(inserted)
    },

    remember(budgets, terms) {
      const byProvider = recalled.get(budgets) ?? new Map<ProviderName, Terms>()
      recalled.set(budgets, byProvider.set(terms.provider, terms))
    },

    load(id) {
      const known = loaded.get(id)
      if (known) return known
      const row = selectById.get({ id })
      if (!row) throw new Error(`Terms ${id} are not in the ledger`)
      const terms = termsFrom(row)
      loaded.set(id, terms)
      return terms
    },
  }
}

function termsFrom(row: TermsRow): Terms {
  const budgets = parseBudgets(row)
  return {
    id: row.id,
    provider: row.provider,
    budgets,
    counters: row.spend_ids as CounterIds,
    declaresMoney: [...budgets.declared, ...budgets.ceilings].some(({ provider }) => provider === USD),
    hasRate: (budgets.fanOut ?? []).some(
      ({ requestsPerMinute, spendPerMinute }) => requestsPerMinute !== undefined || spendPerMinute !== undefined,
    ),
  }
}

function parseBudgets({ id, run_budgets }: TermsRow): RunBudgets {
  const budgets = parseMessage(runBudgetsSchema, run_budgets, { maxLength: MAX_LAUNCH_RECORD })
  if (budgets.outcome === "parsed") return budgets.message
  throw new Error(`Terms ${id} of the ledger are invalid: ${budgets.problem}`)
}
