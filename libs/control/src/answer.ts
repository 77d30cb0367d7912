// The question that a launch has while it is resolved, and the answers that any question gets.

/** A bottle's variable that is asked for at each launch. The answer may be a secret. */
export interface ValueQuestion {
  readonly kind: "bottle-value"
  readonly bottle: string
  readonly name: string
  readonly prompt: string
}

export type Answer =
  | { readonly outcome: "text"; readonly text: string }
  | { readonly outcome: "yes" }
  /** The person left, or said no: nothing is launched. */
  | { readonly outcome: "no" }
  /** There is nobody to ask. */
  | { readonly outcome: "nobody" }

export type AskValue = (question: ValueQuestion) => Promise<Answer>

/** Thrown through a launch when its question was answered with a no. Nothing has been created then. */
export class Declined extends Error {
  override readonly name = "Declined"
}
