import { expect, test } from "bun:test"
import { DENIAL_STATUS, type Denial, type DenialReason } from "@bot-bottle/contracts"
import { responsesRefusals, socketDenial } from "./refusal.ts"

const exhausted: Denial = {
  reason: "budget-exhausted",
  message: "Budget host is spent.",
  hint: "Raise it with bot-bottle budget set",
}
const WORDS = "Budget host is spent. Raise it with bot-bottle budget set"
const invalidPrompt = {
  message: WORDS,
  type: "invalid_request_error",
  param: null,
  code: "invalid_prompt",
  reason: "budget-exhausted",
  hint: exhausted.hint,
}

test("over budget is the 400 invalid_prompt that ends real clients, with our words and our fields", () => {
  const { status, body } = responsesRefusals.denial(exhausted)
  expect({ status, body: JSON.parse(body) }).toEqual({ status: 400, body: { error: invalidPrompt } })
})

test("on a socket it is an error event with a status: without one the client would wait for ever", () => {
  expect(JSON.parse(socketDenial(exhausted))).toEqual({ type: "error", status: 400, error: invalidPrompt })
})

test("a stream ends with a failed response", () => {
  const [event, data, ...rest] = new TextDecoder().decode(responsesRefusals.streamEnding(exhausted)).split("\n")
  const { type, response } = JSON.parse(data!.slice("data: ".length))
  expect({ event, type, status: response.status, error: response.error, rest }).toEqual({
    event: "event: response.failed",
    type: "response.failed",
    status: "failed",
    error: { code: "invalid_prompt", message: WORDS, reason: "budget-exhausted", hint: exhausted.hint },
    rest: ["", ""],
  })
})

const LATER_CODES: Partial<Record<DenialReason, string>> = { "fan-out-limit": "rate_limit_exceeded" }

test.each(Object.keys(DENIAL_STATUS) as DenialReason[])(
  "%s: what may be tried again later keeps its status, all else is 400",
  (reason) => {
    const { status, body } = responsesRefusals.denial({ ...exhausted, reason })
    const error = JSON.parse(body).error
    const isLater = DENIAL_STATUS[reason] >= 429
    expect({ status, reason: error.reason, code: error.code }).toEqual({
      status: isLater ? DENIAL_STATUS[reason] : 400,
      reason,
      code: isLater ? (LATER_CODES[reason] ?? reason.replaceAll("-", "_")) : "invalid_prompt",
    })
  },
)
