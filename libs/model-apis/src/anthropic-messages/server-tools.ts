// Tools that run at the provider: what they read becomes input of the same request, after it was
// sent, so no count made before can hold it. An allowance stands for it.

import { asObject, asText } from "@bot-bottle/contracts"

const SERVER_TOOL = /^(?:web_search|web_fetch|code_execution|tool_search|advisor)/
/** For what one use brings into the input. */
const USE_TOKENS = 20_000

/** 0 for a tool that runs in the bottle. */
export function serverToolTokens(tool: unknown): number {
  const definition = asObject(tool)
  if (!SERVER_TOOL.test(asText(definition?.["type"]) ?? "")) return 0
  const maxUses = definition?.["max_uses"]
  const uses = typeof maxUses === "number" && maxUses >= 1 ? Math.min(Math.ceil(maxUses), 10) : 5
  return uses * USE_TOKENS
}
