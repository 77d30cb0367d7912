// A request of the shape that coding agents send. It has a long system prompt in parts, tools with
// schemas, and a conversation of tool calls with the numbered lines of the files they read.

import type { Sample } from "./sample.ts"

/** Instructions for tools, in every request that has any, by the provider's documentation (Claude 4, choice `auto`). */
const TOOL_INSTRUCTION_TOKENS = 346

const DESCRIPTION = `Does one thing to the files below the working folder and says what it did.

Usage:
- Paths must be absolute; results are cut after 30000 characters.
- NEVER use it for what another tool does better, e.g. \`grep\` or \`cat\` through Bash.
- Call it several times in one message when the calls do not depend on each other.
`

export interface AgentRequestParts {
  readonly system: readonly string[]
  readonly files: readonly (readonly [path: string, text: string])[]
}

export function composeAgentRequest({ system: prompts, files }: AgentRequestParts): Sample {
  const names = ["Bash", "Read", "Write", "Edit", "Glob", "Grep", "WebFetch", "TodoWrite", "Task", "NotebookEdit"]
  const tools = names.map((name, index) => ({
    name,
    description: `${name}: ${DESCRIPTION.repeat(1 + (index % 4))}`,
    input_schema: {
      type: "object",
      properties: {
        file_path: { type: "string", description: "The absolute path to the file, which must not be relative" },
        limit: { type: "number", description: "How many lines to read at most" },
        replace_all: { type: "boolean", default: false, description: "Replace every occurrence of old_string" },
      },
      required: ["file_path"],
      additionalProperties: false,
    },
  }))
  const system = prompts.map((text) => ({ type: "text", text, cache_control: { type: "ephemeral" } }))
  const turns = files.flatMap(([path, text], index) => {
    const call = {
      type: "tool_use",
      id: `toolu_${index}`,
      name: "Read",
      input: { file_path: `/workspace/${path}`, limit: 400 },
    }
    const numbered = text
      .split("\n")
      .map((line, at) => `${String(at + 1).padStart(6)}→${line}`)
      .join("\n")
    return [
      { role: "assistant", content: [{ type: "text", text: "Let me look at the next file." }, call] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: call.id, content: numbered }] },
    ]
  })
  const first = {
    role: "user",
    content: [
      { type: "text", text: "<system-reminder>\nToday is 2026-11-22.\n</system-reminder>\nFix the failing test." },
    ],
  }
  const messages = [first, ...turns]
  const blocks = messages.flatMap(({ content }) => content as readonly Record<string, unknown>[])
  const texts = [
    ...system.map(({ text }) => text),
    ...tools.map((tool) => JSON.stringify(tool)),
    ...blocks.map((block) => String(block["text"] ?? block["content"] ?? JSON.stringify(block["input"]))),
  ]
  return {
    corpus: "an agent's request",
    name: `${tools.length} tools, ${messages.length} messages`,
    texts,
    request: { system, tools, messages },
    addedTokens: TOOL_INSTRUCTION_TOKENS,
  }
}
