// The error object that every API in OpenAI's style answers with, in our words.

import type { Denial } from "@bot-bottle/contracts"

export function openAiError({ reason, message, hint }: Denial, type: string, code: string) {
  return { message: denialWords({ reason, message, hint }), type, param: null, code, reason, hint }
}

export function denialWords({ message, hint }: Denial): string {
  return hint === "" ? message : `${message.replace(/\.$/, "")}. ${hint}`
}
