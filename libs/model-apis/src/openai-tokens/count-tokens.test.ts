import { expect, test } from "bun:test"
import { countTokens } from "./count-tokens.ts"

// Counts that tiktoken 1.0.22, in Rust, gives for these texts.
// biome-ignore format: a table
test.each([
  // what                 o200k  cl100k text
  ["prose",              43,    43,    "Each agent runs in a bottle: an isolated process tree it cannot modify. The only way out is an egress proxy on the host that denies by default, and cuts the bottle off when its budget is gone."],
  ["TypeScript",         65,    63,    "export function decide(rules: readonly Rule[], request: EgressRequest): EgressDecision {\n  const matching = rules.filter((rule) => matches(rule, request))\n  if (denial) return { outcome: \"deny\", reason: \"denied-by-rule\" }\n}\n\nconst DEFAULT_LIMIT = 0xFF"],
  ["Python",             54,    54,    "def find_run(self, slug: str) -> Optional[Run]:\n    \"\"\"Returns None when there is no such run.\"\"\"\n    rows = [row for row in self._rows if row['slug'] == slug]\n    return rows[0] if rows else None"],
  ["JSON",               43,    41,    "{\"model\":\"gpt-5.2\",\"max_output_tokens\":32000,\"stream\":true,\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"hi\\n\"}]}]}"],
  ["a log",              50,    50,    "at 2026-11-22T16:07:19.380Z INFO [48213] req=9f86d081884c7d65 GET /api/v1/items/48213 200 12.482ms"],
  ["base64",             64,    64,    "key iVBORw0KGgoAAAANSUhEUgAAAGQAAABLCAYAAACbpsxFAAAACXBIWXMAAAsTAAALEwEAmpwYAAAgAElEQVR4nO29d3gc1b3w/5mZ7VW"],
  ["contractions",       27,    31,    "it's the agents' budget; don't say ‘no’, we'll “try”, THEY'VE 'quoted' it, and I'd've gone"],
  ["capitals",           29,    26,    "WARNING: HTTP and TLS, an API, iPhone, McDonald, XMLHttpRequest, camelCaseName, SCREAMING_SNAKE_CASE"],
  ["blanks and rules",   20,    20,    "list:\n\n\n  - one\n\t- two\n        deep\r\n==========  ---   *** end   "],
  ["Chinese",            44,    63,    "每个代理都在一个它无法修改的隔离进程树中运行。唯一的出口是主机上的出站代理，它默认拒绝，保管真实的凭据（与密钥）。"],
  ["Japanese",           44,    61,    "それぞれのエージェントは、自分では変更できない隔離されたプロセスツリーの中で動きます。外へ出る唯一の道は「プロキシ」です。"],
  ["Korean",             39,    51,    "각 에이전트는 스스로 수정할 수 없는 격리된 프로세스 트리에서 실행됩니다. 밖으로 나가는 유일한 길은 프록시입니다."],
  ["Russian",            26,    44,    "Каждый агент работает в изолированном дереве процессов, которое он не может изменить. Единственный выход — прокси."],
  ["German",             29,    38,    "Jeder Agent läuft in einer Flasche: einem abgeschotteten Prozessbaum, den er nicht ändern kann. Übergroße Prüfsummen."],
  ["Arabic",             34,    74,    "يعمل كل وكيل في زجاجة: شجرة عمليات معزولة لا يمكنه تعديلها. الطريق الوحيد للخروج هو الوكيل ١٢٣."],
  ["Hindi",              28,    89,    "प्रत्येक एजेंट एक बोतल में चलता है: एक पृथक प्रक्रिया वृक्ष जिसे वह बदल नहीं सकता। १२३"],
  ["emoji and signs",    36,    40,    "done ✅ 🎉 👩‍💻 ⚠️ → ½ © ┌──┐ │ x² ≤ 10 € 5 № 3 … • item"],
  ["control tokens",     19,    19,    "<|endoftext|><|im_start|>system<|im_sep|>"],
] as const)("countTokens: %s is %i tokens of o200k and %i of cl100k", async (_what, o200k, cl100k, text) => {
  expect([await countTokens([text], "o200k"), await countTokens([text], "cl100k")]).toEqual([o200k, cl100k])
})

// biome-ignore format: a table
test.each([
  // what                            tokens  most more  text
  ["a long text, counted in slices", 241800, 100,       "  readonly tokens: number // of everything\n".repeat(26867)],
  ["one word without an end",        8192,   0,         "a".repeat(65_536)],
  ["one row of signs",               1024,   100,       "=".repeat(65_536)],
  ["blanks",                         512,    300,       " ".repeat(65_536)],
  ["a row of ideographs",            32_768, 400,       "代理".repeat(32_768)],
] as const)("countTokens of %s is not under its count, and little above", async (_what, tokens, more, text) => {
  expect(await countTokens([text], "o200k")).toBeWithin(tokens, tokens + more + 1)
})

test("whatever is in a text, it counts: half pairs, marks of its own, nothing", async () => {
  for (const text of ["\ud800", "\udfff\ud800", "\ud800\ud801x\ud802", "\ufdd0", "\u{10ffff}", "\0"])
    expect(await countTokens([text], "o200k")).toBeWithin(1, 13)
  expect(await countTokens(["", ""], "o200k")).toBe(0)
  expect(await countTokens([], "cl100k")).toBe(0)
})

test.each([
  ["code", "  readonly tokens: number // of everything\n".repeat(20_000)],
  ["ideographs without a break", "代理".repeat(200_000)],
  ["letters without a break", "lorem".repeat(100_000)],
])("while a large text is counted, others have their turn: %s", async (_what, text) => {
  let turns = 0
  let counting = true
  const takeTurn = () => {
    turns++
    if (counting) setImmediate(takeTurn)
  }
  setImmediate(takeTurn)
  await countTokens([text], "o200k")
  counting = false
  expect(turns).toBeGreaterThan(5)
})
