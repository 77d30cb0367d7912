// Decides what the stand-in answers to one request, and keeps the two books tests read:
// everything received, and everything billed.
//
// Besides the Messages API it knows what Claude Code asks at start-up, so that a real client
// meets nothing here that the real provider would not say.

import { createEchoReply } from "./echo-reply.ts"
import { type MessageHead, renderError } from "./messages.ts"
import { type MessagesRequest, parseMessagesRequest } from "./messages-request.ts"
import type { BilledRequest, ReceivedRequest, StandInOptions, StandInReply } from "./stand-in.ts"

export interface PlainAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

export type Answer =
  | { readonly kind: "plain"; readonly answer: PlainAnswer }
  | { readonly kind: "message"; readonly head: MessageHead; readonly stream: boolean; readonly reply: StandInReply }

export interface Answers {
  readonly received: readonly ReceivedRequest[]
  readonly bill: readonly BilledRequest[]
  answer(request: ReceivedRequest): Promise<Answer>
}

export function createAnswers(options: Pick<StandInOptions, "reply" | "answer" | "onBilled">): Answers {
  const received: ReceivedRequest[] = []
  const bill: BilledRequest[] = []
  const echo = createEchoReply()
  let replies = 0

  return { received, bill, answer }

  async function answer(request: ReceivedRequest): Promise<Answer> {
    received.push(request)
    const own = options.answer?.(request)
    if (own !== undefined) return { kind: "plain", answer: own }

    const path = request.path.replace(/\?.*$/s, "")
    if (request.method === "POST" && path === "/v1/messages") return answerMessages(request)
    return answerUnbilled(request, path)
  }

  async function answerMessages(request: ReceivedRequest): Promise<Answer> {
    const parsed = parseMessagesRequest(request.body)
    if ("problem" in parsed) return refuse(400, parsed.problem)

    const index = replies++
    const reply = (await options.reply?.(request, index)) ?? echo(parsed)
    if (reply.status !== undefined && reply.status !== 200) return refuse(reply.status, reply.text)

    const id = `msg_standin${String(index + 1).padStart(6, "0")}`
    const billed = { request, usage: reply.usage, id }
    bill.push(billed)
    options.onBilled?.(billed)
    return { kind: "message", head: { id, model: parsed.model }, stream: parsed.stream, reply }
  }

  function answerUnbilled(request: ReceivedRequest, path: string): Answer {
    switch (`${request.method} ${path}`) {
      case "HEAD /":
        return plain(200, "")
      case "POST /v1/messages/count_tokens": {
        const parsed = parseMessagesRequest(withMaxTokens(request.body))
        return "problem" in parsed ? refuse(400, parsed.problem) : json({ input_tokens: inputTokens(parsed) })
      }
      case "GET /v1/models":
        return json({ data: MODELS, has_more: false, first_id: MODELS[0]?.id, last_id: MODELS.at(-1)?.id })
      case "GET /api/claude_cli/bootstrap":
        return json({ client_data: null, additional_model_options: null })
      case "GET /api/claude_code/settings":
      case "GET /api/claude_code/policy_limits":
        // What an account without an organisation gets.
        return refuse(404, "Not found")
      default:
        return refuse(404, `Not found: ${request.method} ${path}`)
    }
  }

  function refuse(status: number, message: string): Answer {
    return plain(status, renderError(status, message, `req_standin${String(received.length).padStart(6, "0")}`))
  }
}

const MODELS = ["claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5"].map((id) => ({
  type: "model",
  id,
  display_name: id,
  created_at: "2025-11-01T00:00:00Z",
}))

function plain(status: number, body: string): Answer {
  return { kind: "plain", answer: { status, headers: { "content-type": "application/json" }, body } }
}

function json(value: unknown): Answer {
  return plain(200, JSON.stringify(value))
}

function inputTokens(request: MessagesRequest): number {
  return request.prefixTokens + request.conversationTokens
}

/** Token counting takes the same body without the output limit. */
function withMaxTokens(body: string): string {
  return body.replace(/^\s*\{/, '{"max_tokens":1,')
}
