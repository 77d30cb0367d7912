import { expect, test } from "bun:test"
import type { Usage } from "@bot-bottle/contracts"
import { createAnswers } from "./answers.ts"
import type { ReceivedRequest, StandInOptions } from "./exchange.ts"

const usage: Usage = { inputTokens: 5, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 61, reasoningTokens: 0 }
const messages = [{ role: "user", content: "hi" }]

// biome-ignore format: a table
test.each([
  // request                                                              status  body
  ["HEAD /",                           "",                                   200, undefined],
  ["GET /api/claude_code/settings",    "",                                   404, error("not_found_error", "Not found")],
  ["GET /api/claude_code/policy_limits", "",                                 404, error("not_found_error", "Not found")],
  ["GET /api/claude_cli/bootstrap",    "",                                   200, { client_data: null, additional_model_options: null }],
  ["POST /v1/messages/count_tokens",   JSON.stringify({ model: "m", messages, system: "12345678" }), 200, { input_tokens: 11 }],
  ["GET /nowhere",                     "",                                   404, error("not_found_error", "Not found: GET /nowhere")],
  ["GET /v1/messages",                 "",                                   404, error("not_found_error", "Not found: GET /v1/messages")],
  ["POST /v1/messages",                "{",                                  400, error("invalid_request_error", "The request body is not valid JSON")],
  ["POST /v1/messages",                "[]",                                 400, error("invalid_request_error", "The request body is not valid JSON")],
  ["POST /v1/messages",                JSON.stringify({ messages }),         400, error("invalid_request_error", "model: Field required")],
  ["POST /v1/messages",                JSON.stringify({ model: "m", messages: [] }), 400, error("invalid_request_error", "messages: at least one message is required")],
  ["POST /v1/messages",                JSON.stringify({ model: "m", messages }), 400, error("invalid_request_error", "max_tokens: Field required")],
])("createAnswers does not bill %s %s", async (line, body, status, expected) => {
  const { answers, ask } = answersWith({})
  const answer = await ask(line, body)
  if (answer.kind !== "plain") throw new Error("a message")

  const parsed = answer.answer.body === "" ? undefined : JSON.parse(answer.answer.body)
  expect({ status: answer.answer.status, body: parsed }).toEqual({ status, body: expected as unknown })
  expect({ received: answers.received.length, billed: answers.bill }).toEqual({ received: 1, billed: [] })
})

// biome-ignore format: a table
test.each([
  [400, "invalid_request_error"], [401, "authentication_error"], [402, "billing_error"], [403, "permission_error"],
  [404, "not_found_error"],       [413, "request_too_large"],    [429, "rate_limit_error"],
  [500, "api_error"],             [503, "api_error"],            [529, "overloaded_error"],
])("a reply with status %d is a %s and is not billed", async (status, type) => {
  const { answers, ask } = answersWith({ reply: () => ({ text: "No", usage, status }) })
  const answer = await ask("POST /v1/messages", JSON.stringify({ model: "m", max_tokens: 1, messages }))
  if (answer.kind !== "plain") throw new Error("a message")

  expect({ status: answer.answer.status, body: JSON.parse(answer.answer.body) }).toEqual({ status, body: error(type, "No") })
  expect(answers.bill).toEqual([])
})

test("the default reply echoes the prompt, its usage follows the texts and the cache", async () => {
  const { answers, ask } = answersWith({})
  const turn = (text: string) => ({
    model: "m",
    max_tokens: 64,
    system: [{ type: "text", text: "You are terse", cache_control: { type: "ephemeral" } }],
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "<context>" },
          { type: "text", text },
        ],
      },
    ],
  })

  const replies = []
  for (const text of ["hi", "one two three four five six seven eight nine ten eleven twelve thirteen"]) {
    const answer = await ask("POST /v1/messages?beta=true", JSON.stringify(turn(text)))
    replies.push(answer.kind === "message" ? answer.reply.text : answer)
  }
  expect(replies).toEqual([
    "You said: hi",
    "You said: one two three four five six seven eight nine ten eleven twelve …",
  ])
  expect(answers.bill.map((billed) => billed.usage)).toEqual([
    { inputTokens: 23, cacheReadTokens: 0, cacheWriteTokens: 20, outputTokens: 3, reasoningTokens: 0 },
    { inputTokens: 41, cacheReadTokens: 20, cacheWriteTokens: 0, outputTokens: 19, reasoningTokens: 0 },
  ])
})

test("the default reply keeps within max_tokens", async () => {
  const { answers, ask } = answersWith({})
  await ask(
    "POST /v1/messages",
    JSON.stringify({ model: "m", max_tokens: 2, messages: [{ role: "user", content: "one two three" }] }),
  )
  expect(answers.bill[0]?.usage.outputTokens).toBe(2)
})

test("onBilled is called with each line when it is written", async () => {
  const heard: string[] = []
  const { ask } = answersWith({ onBilled: (billed) => heard.push(billed.id) })
  for (let turn = 0; turn < 2; turn++)
    await ask("POST /v1/messages", JSON.stringify({ model: "m", max_tokens: 1, messages }))
  expect(heard).toEqual(["msg_standin000001", "msg_standin000002"])
})

function answersWith(options: Partial<StandInOptions>) {
  const answers = createAnswers(options)
  const ask = (line: string, body: string) => {
    const [method = "", path = ""] = line.split(" ")
    const request: ReceivedRequest = { method, path, headers: {}, body }
    return answers.answer(request)
  }
  return { answers, ask }
}

function error(type: string, message: string): object {
  return { type: "error", error: { type, message }, request_id: "req_standin000001" }
}
