// The head of an answer to a request, for tests: what they leave out is usual.

import type { MeterReading, ModelApi, ModelRequest, ResponseHead } from "../model-api.ts"

type Given = Partial<Omit<ResponseHead, "request">> & Partial<ModelRequest>

export function responseHead({ status = 200, contentType = "", ...request }: Given = {}): ResponseHead {
  const usual = { model: "m", maxOutputTokens: undefined, stream: true, inputTokens: 30 }
  return { status, contentType, request: { ...usual, ...request } }
}

export const ESTIMATED_INPUT = 30

/** A whole answer of this API to a request of usual size. */
export function readBody(api: ModelApi, body: string): MeterReading {
  const meter = api.createMeter(responseHead({ inputTokens: ESTIMATED_INPUT, model: "gpt-4o" }))
  meter.push(new TextEncoder().encode(body))
  return meter.end("finished")
}
