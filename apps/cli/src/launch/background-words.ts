// What a launcher in the background is told, on its stdin, and what it says until its agent
// runs, on its stdout: one JSON line each. Answers to a bottle's questions may be secrets: they go
// this way and no other.

import type { TerminalSize } from "@bot-bottle/guest"
import type { ProblemWords } from "../problem-words.ts"
import type { ResumeFlags } from "./resume-flags.ts"
import type { StartFlags } from "./start-flags.ts"

export type BackgroundOrder = {
  /** The operator's own folder: the launcher itself stands in `/`. */
  readonly cwd: string
  /** The agent gets one of this size when it is used by hand. */
  readonly terminal: TerminalSize
  readonly answers: readonly Answer[]
  /** What the operator said yes to; absent when nobody was asked. */
  readonly confirmed?: Confirmed
} & (
  | { readonly command: "start"; readonly flags: StartFlags }
  | { readonly command: "resume"; readonly flags: ResumeFlags }
)

export interface Answer {
  readonly prompt: string
  readonly text: string
}

export interface Confirmed {
  readonly policyHash: string
  readonly manifestHash: string
}

export type BackgroundWord =
  | { readonly kind: "note"; readonly line: string }
  | { readonly kind: "running"; readonly slug: string }
  | ({ readonly kind: "problem" } & ProblemWords)
  /** Before anybody could be told that it runs. */
  | { readonly kind: "ended"; readonly exitCode: number }
