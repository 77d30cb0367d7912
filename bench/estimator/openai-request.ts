// The same samples as an OpenAI client would send them: a conversation for Chat Completions, and
// items for Responses.

import type { Sample } from "./sample.ts"

interface Block {
  readonly type: string
  readonly text?: string
  readonly id?: string
  readonly name?: string
  readonly input?: object
  readonly tool_use_id?: string
  readonly content?: string
}

interface Conversation {
  readonly system?: readonly { readonly text: string }[]
  readonly tools?: readonly { readonly name: string; readonly description: string; readonly input_schema: object }[]
  readonly messages: readonly { readonly role: string; readonly content: string | readonly Block[] }[]
}

/** The provider's published frame: three tokens a message and one for its role, three to open the answer. */
const MESSAGE_TOKENS = 4
const ANSWER_TOKENS = 3

/**
 * The tokens that the provider adds to the texts, as far as it documents them. It does not document
 * how it shows tools to the model.
 */
export function openAiFrameTokens(sample: Sample): number {
  const { messages, system = [] } = sample.request as Conversation
  return ANSWER_TOKENS + MESSAGE_TOKENS * (messages.length + Math.min(1, system.length))
}

export function toResponsesRequest(sample: Sample): object {
  const { system = [], tools = [], messages } = sample.request as Conversation
  return {
    instructions: system.map(({ text }) => text).join("\n"),
    tools: tools.map(({ name, description, input_schema }) => ({
      type: "function",
      name,
      description,
      parameters: input_schema,
    })),
    input: messages.flatMap(({ role, content }) =>
      typeof content === "string" ? [{ role, content }] : content.map((block) => toItem(role, block)),
    ),
  }
}

export function toChatRequest(sample: Sample): object {
  const { system = [], tools = [], messages } = sample.request as Conversation
  return {
    tools: tools.map(({ name, description, input_schema }) => ({
      type: "function",
      function: { name, description, parameters: input_schema },
    })),
    messages: [
      ...(system.length === 0 ? [] : [{ role: "system", content: system.map(({ text }) => text).join("\n") }]),
      ...messages.flatMap(({ role, content }) =>
        typeof content === "string" ? [{ role, content }] : content.map((block) => toMessage(role, block)),
      ),
    ],
  }
}

function toItem(role: string, block: Block): object {
  if (block.type === "tool_use")
    return { type: "function_call", call_id: block.id, name: block.name, arguments: JSON.stringify(block.input) }
  if (block.type === "tool_result")
    return { type: "function_call_output", call_id: block.tool_use_id, output: block.content }
  return { role, content: [{ type: role === "user" ? "input_text" : "output_text", text: block.text }] }
}

function toMessage(role: string, block: Block): object {
  if (block.type === "tool_use") {
    const call = { name: block.name, arguments: JSON.stringify(block.input) }
    return { role, tool_calls: [{ id: block.id, type: "function", function: call }] }
  }
  if (block.type === "tool_result") return { role: "tool", tool_call_id: block.tool_use_id, content: block.content }
  return { role, content: block.text }
}
