// Says no in the shape of one API, so that its real clients stop at once with our words.
//
// Which status does that is the API's own: most clients retry 403, 429 and 5xx.

import { DENIAL_CAUSE, DENIAL_STATUS, type Denial, type DenialReason, type JsonObject } from "@bot-bottle/contracts"

export interface RefusalShape {
  /** Where another status than `DENIAL_STATUS` ends this API's clients. */
  status(reason: DenialReason): number | undefined
  /** The answer's whole body. */
  body(denial: Denial, status: number): JsonObject
  /** The ending of a stream that has begun. */
  ending(denial: Denial, status: number): string
}

export interface Refusals {
  denial(denial: Denial): { readonly status: number; readonly body: string }
  streamEnding(denial: Denial): Uint8Array
}

export function createRefusals(shape: RefusalShape): Refusals {
  const statusOf = ({ reason }: Denial) => shape.status(reason) ?? DENIAL_STATUS[reason]
  return {
    denial(denial) {
      const status = statusOf(denial)
      return { status, body: JSON.stringify(shape.body(denial, status)) }
    },
    streamEnding: (denial) => new TextEncoder().encode(shape.ending(denial, statusOf(denial))),
  }
}

/** 402 is retried by no client that we know of. */
export function spentStatus(reason: DenialReason): number | undefined {
  return DENIAL_CAUSE[reason] === "spent" ? 402 : undefined
}

/** Message and hint in one text, for clients that show one. */
export function denialWords({ message, hint }: Denial): string {
  return hint === "" ? message : `${message.replace(/\.$/, "")}. ${hint}`
}

/** The error object that every API in OpenAI's style answers with. */
export function openAiError(denial: Denial, type: string, code: string): JsonObject {
  const { reason, hint } = denial
  return { message: denialWords(denial), type, param: null, code, reason, hint }
}
