// JSON-RPC 2.0 over HTTP: one request or a batch in, answers out, in the protocol's own codes.

import * as v from "valibot"
import type { CallOutcome, CallRefusal, Dispatch } from "./call-outcome.ts"

const PARSE_ERROR = -32700
const INVALID_REQUEST = -32600

const CODE_OF: Readonly<Record<CallRefusal | "forge", number>> = {
  "unknown-method": -32601,
  "invalid-params": -32602,
  "out-of-scope": -32001,
  forge: -32002,
  "cap-reached": -32003,
  "cut-off": -32004,
  "holds-credential": -32005,
  "too-many-calls": -32006,
  unavailable: -32007,
}

const MAX_BATCH = 20
const request = v.object({
  jsonrpc: v.literal("2.0"),
  method: v.string(),
  params: v.optional(v.unknown()),
  id: v.optional(v.union([v.string(), v.number(), v.null()])),
})

/** Undefined when everything in it was a notification. */
export async function answerJsonRpc(
  text: string,
  dispatch: (name: string, params: unknown) => ReturnType<Dispatch>,
): Promise<object | undefined> {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return failure(null, PARSE_ERROR, "the body is not JSON")
  }
  if (!Array.isArray(body)) return answerOne(body, dispatch)
  if (body.length === 0 || body.length > MAX_BATCH)
    return failure(null, INVALID_REQUEST, `a batch has 1 to ${MAX_BATCH} requests`)
  const answers: object[] = []
  // One after the other: a batch must not get around the limit on calls at once.
  for (const one of body) {
    const answer = await answerOne(one, dispatch)
    if (answer !== undefined) answers.push(answer)
  }
  return answers.length === 0 ? undefined : answers
}

async function answerOne(
  body: unknown,
  dispatch: (name: string, params: unknown) => ReturnType<Dispatch>,
): Promise<object | undefined> {
  const parsed = v.safeParse(request, body)
  if (!parsed.success) return failure(null, INVALID_REQUEST, "the body is not a JSON-RPC 2.0 request")
  const { method, params, id } = parsed.output
  const outcome = await dispatch(method, params)
  return id === undefined ? undefined : answerOf(id, outcome)
}

function answerOf(id: string | number | null, outcome: CallOutcome): object {
  switch (outcome.outcome) {
    case "done":
      return { jsonrpc: "2.0", id, result: outcome.result }
    case "refused":
      return failure(id, CODE_OF[outcome.reason], outcome.message)
    case "failed":
      return failure(id, CODE_OF.forge, outcome.message, { status: outcome.status })
  }
}

function failure(id: string | number | null, code: number, message: string, data?: object): object {
  return { jsonrpc: "2.0", id, error: { code, message, ...(data === undefined ? {} : { data }) } }
}
