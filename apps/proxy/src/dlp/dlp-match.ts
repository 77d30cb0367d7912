// A match of the data loss rules: where, by whom, and the outcome. Never the text that matched.

export interface DlpMatch {
  readonly host: string
  readonly detector: string
  /** `held`: the operator was asked and did not let it through. `approved`: it left on the operator's word. */
  readonly outcome: "blocked" | "redacted" | "held" | "approved"
}
