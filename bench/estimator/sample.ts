// A request to estimate, and where it is from.

export interface Sample {
  readonly corpus: string
  readonly name: string
  /** Everything in it that is text. */
  readonly texts: readonly string[]
  readonly request: object
  /** The tokens that the provider adds, by its documentation. */
  readonly addedTokens: number
}
