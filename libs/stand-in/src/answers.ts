// Decides what the stand-in answers to one request, and keeps the two records that tests read:
// everything received, and everything billed.
//
// Besides the models' APIs it knows what Claude Code asks at start-up, so that a real client
// meets nothing here that the real provider would not say.

import { createEchoReply } from "./echo-reply.ts"
import type { BilledRequest, PlainAnswer, ReceivedRequest, StandInOptions, StandInReply } from "./exchange.ts"
import { parseMessages } from "./formats/anthropic-request.ts"
import { findBilledFormat, findHostFormat } from "./formats/find-format.ts"
import type { ModelCall, ModelFormat, ReplyHead } from "./formats/format.ts"
import { openaiResponses } from "./formats/openai-responses.ts"
import { ANTHROPIC_MODELS, OLLAMA_MODELS, OPENAI_MODELS } from "./model-lists.ts"

export interface ModelAnswer {
  readonly kind: "message"
  readonly format: ModelFormat
  readonly head: ReplyHead
  readonly reply: StandInReply
  readonly headers: Readonly<Record<string, string>>
}

export type Answer = { readonly kind: "plain"; readonly answer: PlainAnswer } | ModelAnswer

export interface Answers {
  readonly received: readonly ReceivedRequest[]
  readonly bill: readonly BilledRequest[]
  answer(request: ReceivedRequest): Promise<Answer>
  /** A request that stood in a message of a WebSocket. */
  answerMessage(
    request: ReceivedRequest,
  ): Promise<
    | ModelAnswer
    | { readonly kind: "refused"; readonly status: number; readonly message: string }
    | { readonly kind: "plain"; readonly answer: PlainAnswer }
  >
  /** Written down, and answered by the caller. */
  note(request: ReceivedRequest): PlainAnswer | undefined | Promise<PlainAnswer | undefined>
}

export function createAnswers(
  options: Pick<StandInOptions, "reply" | "answer" | "onBilled" | "modelHeaders">,
): Answers {
  const received: ReceivedRequest[] = []
  const bill: BilledRequest[] = []
  const echo = createEchoReply()
  /** Tokens of each response and what it continued, by its id: Responses may continue one. */
  const chains = new Map<string, number>()
  const headers = () => options.modelHeaders?.() ?? {}
  let replies = 0
  let warmUps = 0

  return { received, bill, answer, answerMessage, note }

  function note(request: ReceivedRequest): PlainAnswer | undefined | Promise<PlainAnswer | undefined> {
    received.push(request)
    return options.answer?.(request)
  }

  async function answer(request: ReceivedRequest): Promise<Answer> {
    const own = await note(request)
    if (own !== undefined) return { kind: "plain", answer: own }

    const path = placeOf(request)
    const format = findBilledFormat(request.method, path)
    if (format === undefined) return answerUnbilled(request, path)
    const replied = await replyTo(request, format, path)
    if (replied.kind === "message") return replied
    const body = format.renderError(replied.status, replied.message, requestId())
    return plain(replied.status, body, headers())
  }

  async function answerMessage(request: ReceivedRequest) {
    const own = await note(request)
    return own === undefined
      ? replyTo(request, openaiResponses, placeOf(request))
      : ({ kind: "plain", answer: own } as const)
  }

  async function replyTo(request: ReceivedRequest, format: ModelFormat, path: string) {
    const refused = (status: number, message: string) => ({ kind: "refused", status, message }) as const
    const call = format.parse(request.body, path)
    if ("problem" in call) return refused(400, call.problem)
    const continued = call.continues === undefined ? 0 : chains.get(call.continues)
    if (continued === undefined) return refused(400, `Previous response with id '${call.continues}' not found.`)
    const whole = { ...call, conversationTokens: call.conversationTokens + continued }

    if (call.isWarmUp === true) {
      const id = `${format.newId(++warmUps)}warm`
      chains.set(id, whole.conversationTokens)
      return { kind: "message", format, head: { id, call }, reply: { text: "", usage: NOTHING }, headers: {} } as const
    }
    const index = replies++
    const reply = (await options.reply?.(request, index)) ?? echo(whole)
    if (reply.status !== undefined && reply.status !== 200) return refused(reply.status, reply.text)

    const id = format.newId(index + 1)
    chains.set(id, whole.conversationTokens + reply.usage.outputTokens)
    const billed = { request, usage: reply.usage, id }
    bill.push(billed)
    options.onBilled?.(billed)
    return { kind: "message", format, head: { id, call }, reply, headers: headers() } as const
  }

  function answerUnbilled(request: ReceivedRequest, path: string): Answer {
    const format = findHostFormat(request.headers["host"] ?? "", path)
    const refuse = (status: number, message: string) => plain(status, format.renderError(status, message, requestId()))
    switch (`${request.method} ${path}`) {
      case "HEAD /":
        return plain(200, "")
      case "POST /v1/messages/count_tokens": {
        const parsed = parseMessages(withMaxTokens(request.body), path)
        return "problem" in parsed ? refuse(400, parsed.problem) : json({ input_tokens: inputTokens(parsed) })
      }
      case "POST /v1/responses/input_tokens": {
        const parsed = openaiResponses.parse(request.body, path)
        return "problem" in parsed
          ? refuse(400, parsed.problem)
          : json({ object: "response.input_tokens", input_tokens: inputTokens(parsed) })
      }
      case "GET /v1/models":
        return json(format === openaiResponses ? OPENAI_MODELS : ANTHROPIC_MODELS)
      case "GET /api/tags":
        return json(OLLAMA_MODELS)
      case "GET /api/claude_cli/bootstrap":
        return json({ client_data: null, additional_model_options: null })
      case "GET /api/claude_code/settings":
      case "GET /api/claude_code/policy_limits":
        // The answer for an account without an organisation.
        return refuse(404, "Not found")
      default:
        return refuse(404, `Not found: ${request.method} ${path}`)
    }
  }

  function requestId(): string {
    return `req_standin${String(received.length).padStart(6, "0")}`
  }
}

const NOTHING = { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0, reasoningTokens: 0 }

function placeOf({ path }: ReceivedRequest): string {
  return path.replace(/\?.*$/s, "")
}

function plain(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { kind: "plain", answer: { status, headers: { "content-type": "application/json", ...headers }, body } }
}

function json(value: unknown): Answer {
  return plain(200, JSON.stringify(value))
}

function inputTokens(call: ModelCall): number {
  return call.prefixTokens + call.conversationTokens
}

/** Token counting takes the same body without the output limit. */
function withMaxTokens(body: string): string {
  return body.replace(/^\s*\{/, '{"max_tokens":1,')
}
