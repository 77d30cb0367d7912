// The kinds of provider hosts by name, each known by its main wire format: for callers that check a
// name and load no format.

export const MODEL_API_NAMES: readonly string[] = [
  "anthropic-messages",
  "openai-responses",
  "chatgpt-responses",
  "chat-completions",
  "ollama",
]
