// Says no as an Ollama server does: a line with an error, which its clients throw as it stands.

import { DENIAL_STATUS, type Denial, type DenialReason } from "@bot-bottle/contracts"
import { denialWords } from "../openai-tokens/openai-error.ts"

export function denialAnswer(denial: Denial): { readonly status: number; readonly body: string } {
  return { status: denialStatus(denial.reason), body: JSON.stringify(errorOf(denial)) }
}

/** Also after half a line: clients read a line at a time, and one that is torn is an error of its own. */
export function streamEnding(denial: Denial): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(errorOf(denial))}\n`)
}

function errorOf(denial: Denial) {
  return { error: denialWords(denial), reason: denial.reason }
}

function denialStatus(reason: DenialReason): number {
  return reason === "budget-exhausted" || reason === "cut-off" ? 402 : DENIAL_STATUS[reason]
}
