// The head of an answer to a request, for tests: what they leave out is usual.

import type { ModelRequest, ResponseHead } from "../model-api.ts"

type Given = Partial<Omit<ResponseHead, "request">> & Partial<ModelRequest>

export function responseHead({ status = 200, contentType = "", ...request }: Given = {}): ResponseHead {
  const usual = { model: "m", maxOutputTokens: undefined, stream: true, inputTokens: 30 }
  return { status, contentType, request: { ...usual, ...request } }
}
