// Replies written down beforehand, for a stand-in that runs as its own process: a JSON array
// of replies, given in order, the last one again and again. An empty array means the echo.

import type { Usage } from "@bot-bottle/contracts"
import type { ReceivedRequest, StandInOptions, StandInReply } from "./exchange.ts"
import { countTokens } from "./formats/json-text.ts"

/** As `StandInReply` in JSON; a missing usage is counted from the texts. */
export type ScriptedReply = Omit<StandInReply, "usage" | "beforeEvent"> & { readonly usage?: Partial<Usage> }

const KEYS = ["text", "delayMs", "usage", "status", "toolUse", "tearAfterEvents", "encoding"]

export function parseReplyScript(text: string): readonly ScriptedReply[] | { readonly problem: string } {
  let script: unknown
  try {
    script = JSON.parse(text)
  } catch (error) {
    return { problem: `The replies are not JSON: ${error instanceof Error ? error.message : error}` }
  }
  if (!Array.isArray(script)) return { problem: "The replies are not a JSON array" }

  for (const [index, reply] of script.entries()) {
    const where = `Reply ${index + 1}`
    if (typeof reply !== "object" || reply === null) return { problem: `${where} is not an object` }
    if (typeof reply.text !== "string") return { problem: `${where} has no text` }
    const unknown = Object.keys(reply).find((key) => !KEYS.includes(key))
    if (unknown !== undefined)
      return { problem: `${where} has an unknown key "${unknown}"; known are ${KEYS.join(", ")}` }
  }
  return script
}

/** For `StandInOptions.reply`; undefined leaves every answer to the echo. */
export function replyFrom(script: readonly ScriptedReply[]): StandInOptions["reply"] {
  if (script.length === 0) return undefined
  return (request, index) => {
    const { usage, ...rest } = script[Math.min(index, script.length - 1)] ?? { text: "" }
    return { ...rest, usage: { ...countedUsage(request, rest.text), ...usage } }
  }
}

function countedUsage(request: ReceivedRequest, text: string): Usage {
  return {
    inputTokens: countTokens(request.body),
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: countTokens(text),
    reasoningTokens: 0,
  }
}
