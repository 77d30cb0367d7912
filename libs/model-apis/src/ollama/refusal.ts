// Says no as an Ollama server does: a line with an error, which its clients throw as it stands.

import type { Denial, JsonObject } from "@bot-bottle/contracts"
import { createRefusals, denialWords, spentStatus } from "../refusal.ts"

export const ollamaRefusals = createRefusals({
  status: spentStatus,
  body: errorOf,
  // Also after half a line: clients read a line at a time, and one that is torn is an error of its own.
  ending: (denial) => `${JSON.stringify(errorOf(denial))}\n`,
})

function errorOf(denial: Denial): JsonObject {
  return { error: denialWords(denial), reason: denial.reason }
}
