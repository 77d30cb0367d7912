// The wire formats by name, for those who only check one: the formats themselves are not loaded.

export const MODEL_API_NAMES: readonly string[] = [
  "anthropic-messages",
  "openai-responses",
  "chatgpt-responses",
  "chat-completions",
  "ollama",
]
