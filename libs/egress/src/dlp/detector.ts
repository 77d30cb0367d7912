// A detector of the second net: bytes in, places out. The value it found goes nowhere.

export interface Finding {
  /** Of the first byte, and after the last. */
  readonly start: number
  readonly end: number
  /** The replacement for each byte of it. */
  readonly mask: number
  /** For messages and the log: `known_secrets`, `token_patterns: github`. */
  readonly detector: string
  /** No answer of the operator's lets it out. */
  readonly isSealed?: true
}

export interface Detector {
  /** A find is certain in any piece that holds all of it; pieces must overlap by so many bytes. */
  readonly overlap: number
  /** Looking at so many takes milliseconds: others are given their turn then. */
  readonly sliceBytes: number
  /** In order, none overlapping another. */
  find(bytes: Uint8Array): readonly Finding[]
}
