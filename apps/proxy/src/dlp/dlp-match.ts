// A match of the data loss rules: where, by whom, and the outcome. Never the text that matched.

export interface DlpMatch {
  readonly host: string
  readonly detector: string
  readonly outcome: "blocked" | "redacted"
}
