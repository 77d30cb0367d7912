// Questions that a launch has for a person, as data. A caller with nobody to ask answers "nobody".

import type { Answer, ValueQuestion } from "./answer.ts"
import type { PreflightFacts } from "./resolve/preflight-facts.ts"

export type Question =
  | ValueQuestion
  /** Whether to launch this. */
  | {
      readonly kind: "launch"
      readonly facts: PreflightFacts
      /** Fingerprints of what is launched after a yes. */
      readonly hashes: { readonly policyHash: string; readonly manifestHash: string }
    }

export type Ask = (question: Question) => Promise<Answer>

/** For a launch without a person: a value that is asked for is a problem of its bottle. */
export const askNobody: Ask = async () => ({ outcome: "nobody" })
