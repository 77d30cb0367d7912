// The models that each kind of provider says it has.

const CREATED_S = 1_760_000_000

export const ANTHROPIC_MODELS = anthropicList(["claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5"])
export const OPENAI_MODELS = {
  object: "list",
  data: ["gpt-5", "gpt-5-codex", "gpt-5-mini"].map((id) => ({
    id,
    object: "model",
    created: CREATED_S,
    owned_by: "openai",
  })),
}
export const OLLAMA_MODELS = { models: [{ name: "llama3.2:latest", model: "llama3.2:latest", size: 2_000_000_000 }] }

function anthropicList(ids: readonly string[]): object {
  const created_at = "2025-11-01T00:00:00Z"
  const data = ids.map((id) => ({ type: "model", id, display_name: id, created_at }))
  return { data, has_more: false, first_id: ids[0], last_id: ids.at(-1) }
}
