// Remembers which budget rows a reader has, so that only those that changed are sent again.

import type { BudgetRow } from "@bot-bottle/contracts"

export class SentBudgets {
  readonly #sent = new Map<string, string>()

  /** Those of `rows` that the reader does not have. From now on it has them all. */
  take(rows: readonly BudgetRow[]): readonly BudgetRow[] {
    return rows.filter((row) => {
      const key = `${row.scope} ${row.key} ${row.provider} ${row.is_ceiling}`
      const text = JSON.stringify(row)
      const isKnown = this.#sent.get(key) === text
      this.#sent.set(key, text)
      return !isKnown
    })
  }
}
