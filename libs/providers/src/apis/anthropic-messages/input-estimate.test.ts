import { expect, test } from "bun:test"
import { estimateInputTokens } from "./input-estimate.ts"
import { estimateTextTokens } from "./text-tokens.ts"

// Counts by the closest published vocabulary, times 1.1 (text-tokens.ts says why).
// biome-ignore format: a table
test.each([
  ["prose",    91,  "Each agent runs in a bottle: an isolated process tree it cannot modify. The only way out is an egress proxy on the host that denies by default, holds the real credentials, counts every token the provider bills, and cuts the bottle off when its budget is gone, with no cooperation from the agent. Nothing the agent sends can claim to be another run, because identity is the socket it came through."],
  ["code",     114, "export function decide(rules: readonly Rule[], request: EgressRequest): EgressDecision {\n  const matching = rules.filter((rule) => matches(rule, request))\n\n  const denial = matching.find((rule) => rule.effect === \"deny\")\n  if (denial) return { outcome: \"deny\", reason: \"denied-by-rule\", rule: denial.name }\n  return { outcome: \"deny\", reason: \"no-rule-matched\" }\n}\n"],
  ["a log",    111, "2026-11-22T16:07:19.380Z INFO [48213] req=9f86d081884c7d65 GET /api/v1/items/48213 200 12.482ms\n2026-11-22T16:07:19.391Z WARN [48213] req=2c26b46b68ffc68f GET /api/v1/items/77 404 0.918ms\n"],
  ["Chinese",  86,  "每个代理都在一个它无法修改的隔离进程树中运行。唯一的出口是主机上的出站代理，它默认拒绝，保管真实的凭据，统计提供商计费的每一个令牌，并在预算用完时切断连接。"],
  ["Japanese", 94,  "それぞれのエージェントは、自分では変更できない隔離されたプロセスツリーの中で動きます。外へ出る唯一の道はホスト上のプロキシで、既定で拒否し、本物の認証情報を保持します。"],
  ["Korean",   104, "각 에이전트는 스스로 수정할 수 없는 격리된 프로세스 트리에서 실행됩니다. 밖으로 나가는 유일한 길은 호스트의 프록시이며 기본적으로 거부하고 실제 자격 증명을 보관합니다."],
  ["Russian",  81,  "Каждый агент работает в изолированном дереве процессов, которое он не может изменить. Единственный выход — прокси на хосте, который по умолчанию запрещает всё."],
] as const)("estimateTextTokens of %s is at least %i and at most 15 %% more", (_what, counted, text) => {
  expect(estimateTextTokens(text)).toBeWithin(counted, counted * 1.15)
})

test("an estimate is linear: a text twice as long costs about twice, in pieces or whole", () => {
  const piece = "The only way out is an egress proxy on the host. "
  expect(estimateTextTokens(piece.repeat(100)) / estimateTextTokens(piece)).toBeWithin(99, 101)
})

const PNG_100_BY_75 = `iVBORw0KGgoAAAANSUhEUgAAAGQAAABL${"A".repeat(8000)}`

// biome-ignore format: a table
test.each([
  // content block                                                                          its own tokens
  [{ type: "text", text: "" },                                                              0,      10],
  [{ type: "image", source: { type: "base64", media_type: "image/png", data: PNG_100_BY_75 } }, 10, 20],
  [{ type: "image", source: { type: "base64", media_type: "image/jpeg", data: "/9j/4AAQ" } }, 1600, 4800],
  [{ type: "image", source: { type: "url", url: "https://x.example/a.png" } },              1600,   4800],
  [{ type: "document", source: { type: "base64", data: btoa("%PDF /Type /Page /Type/Page /Type /Pages") } }, 6000, 9300],
  [{ type: "document", source: { type: "file", file_id: "file_1" } },                       100_000, 201_000],
  [{ type: "thinking", thinking: "", signature: "A".repeat(4000) },                         900,    1100],
  [{ type: "tool_result", tool_use_id: "toolu_1", content: [{ type: "image", source: { type: "url", url: "u" } }] }, 1600, 4830],
  [{ type: "tool_use", id: "toolu_1", name: "write", input: { text: "word ".repeat(100) } }, 100,   160],
] as const)("a block %j is counted for what it costs", (block, least, most) => {
  const request = (content: readonly unknown[]) => ({ messages: [{ role: "user", content }] })
  const model = "claude-sonnet-4-5"
  expect(estimateInputTokens(request([block]), model) - estimateInputTokens(request([]), model)).toBeWithin(least, most + 10)
})

test("a model that is not known to have the earlier tokenizer is taken to have the newer one", () => {
  const request = { messages: [{ role: "user", content: "word ".repeat(1000) }] }
  const estimate = (model: string) => estimateInputTokens(request, model)
  const earlier = [
    "claude-3-5-haiku-20241022",
    "claude-sonnet-4-20250514",
    "claude-opus-4-6",
    "claude-haiku-4-5-20251001",
  ]
  expect(new Set(earlier.map(estimate)).size).toBe(1)
  const newer = ["claude-opus-4-7", "claude-opus-4-8", "claude-sonnet-5", "unheard-of"].map(estimate)
  expect(newer.map((tokens) => tokens / estimate("claude-opus-4-6"))).toEqual(newer.map(() => expect.closeTo(1.35, 2)))
})

test("tools, their instructions and what a server-side tool may read are counted", () => {
  const base = { messages: [] }
  const tokens = (tools: readonly unknown[]) => estimateInputTokens({ ...base, tools }, "claude-opus-4-6")
  expect(tokens([{ name: "read", description: "Reads a file.", input_schema: {} }]) - tokens([])).toBeWithin(640, 720)
  expect(tokens([{ type: "web_search_20250305", name: "web_search", max_uses: 2 }]) - tokens([])).toBeGreaterThan(
    40_000,
  )
})
