import { expect, test } from "bun:test"
import { DENIAL_STATUS, type Denial, type DenialReason } from "@bot-bottle/contracts"
import { messagesRefusals } from "./refusal.ts"

test("over budget is the 402 billing_error that ends real clients, with our words and our fields", () => {
  const { status, body } = messagesRefusals.denial(exhausted)
  expect({ status, body: JSON.parse(body) }).toEqual({ status: 402, body: billingError })
})

test("a stream ends with the same error as an event", () => {
  const text = new TextDecoder().decode(messagesRefusals.streamEnding(exhausted))
  const [event, data, ...rest] = text.split("\n")
  expect({ event, data: JSON.parse(data!.slice("data: ".length)), rest }).toEqual({
    event: "event: error",
    data: billingError,
    rest: ["", ""],
  })
})

test.each(Object.keys(DENIAL_STATUS) as DenialReason[])(
  "%s keeps its reason in the body, and its status where that makes real clients say our words",
  (reason) => {
    const { status, body } = messagesRefusals.denial({ ...exhausted, reason })
    const own: Partial<Record<DenialReason, number>> = {
      "budget-exhausted": 402,
      "no-price": 402,
      "cut-off": 402,
      "lease-expired": 402,
      "dlp-match": 400,
      "host-not-allowed": 400,
      "endpoint-not-metered": 400,
    }
    expect({ status, reason: JSON.parse(body).error.reason }).toEqual({
      status: own[reason] ?? DENIAL_STATUS[reason],
      reason,
    })
  },
)

const exhausted: Denial = {
  reason: "budget-exhausted",
  message: "Budget host is spent.",
  hint: "Raise it with bot-bottle budget set",
}

const billingError = {
  type: "error",
  error: {
    type: "billing_error",
    message: "Budget host is spent. Raise it with bot-bottle budget set",
    reason: "budget-exhausted",
    hint: "Raise it with bot-bottle budget set",
  },
}
