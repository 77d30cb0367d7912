import { expect, test } from "bun:test"
import { DENIAL_STATUS, type Denial, type DenialReason } from "@bot-bottle/contracts"
import { chatRefusals } from "./refusal.ts"

const exhausted: Denial = { reason: "budget-exhausted", message: "Budget host is spent.", hint: "Raise it" }

test("over budget is a 402 with our words", () => {
  const { status, body } = chatRefusals.denial(exhausted)
  expect({ status, body: JSON.parse(body) }).toEqual({
    status: 402,
    body: {
      error: {
        message: "Budget host is spent. Raise it",
        type: "billing_error",
        param: null,
        code: "budget_exhausted",
        reason: "budget-exhausted",
        hint: "Raise it",
      },
    },
  })
})

test("a stream ends with a chunk that finishes the answer, and with [DONE]", () => {
  const [chunk, blank, done, ...rest] = new TextDecoder().decode(chatRefusals.streamEnding(exhausted)).split("\n")
  const { object, choices } = JSON.parse(chunk!.slice("data: ".length))
  expect({ object, choices, blank, done, rest }).toEqual({
    object: "chat.completion.chunk",
    choices: [
      {
        index: 0,
        delta: { content: "\n\nBudget host is spent. Raise it" },
        logprobs: null,
        finish_reason: "content_filter",
      },
    ],
    blank: "",
    done: "data: [DONE]",
    rest: ["", ""],
  })
})

test.each(Object.keys(DENIAL_STATUS) as DenialReason[])(
  "%s keeps its reason and its status but for the budget",
  (reason) => {
    const { status, body } = chatRefusals.denial({ ...exhausted, reason })
    const isBudget = ["budget-exhausted", "no-price", "cut-off", "lease-expired"].includes(reason)
    expect({ status, reason: JSON.parse(body).error.reason }).toEqual({
      status: isBudget ? 402 : DENIAL_STATUS[reason],
      reason,
    })
  },
)
