import { expect, test } from "bun:test"
import { countTokens } from "./count-tokens.ts"

// Counts that ctok 1.3.0 gives for these texts; its own were compared with the provider's counting endpoint.
// biome-ignore format: a table
test.each([
  // what                    claude-3  claude-4.7  text
  ["prose",                   44,       63,         "Each agent runs in a bottle: an isolated process tree it cannot modify. The only way out is an egress proxy on the host that denies by default, and cuts the bottle off when its budget is gone."],
  ["TypeScript",              73,       108,        "export function decide(rules: readonly Rule[], request: EgressRequest): EgressDecision {\n  const matching = rules.filter((rule) => matches(rule, request))\n  if (denial) return { outcome: \"deny\", reason: \"denied-by-rule\" }\n}\n\nconst DEFAULT_LIMIT = 0xFF"],
  ["Python",                  59,       75,         "def find_run(self, slug: str) -> Optional[Run]:\n    \"\"\"Returns None when there is no such run.\"\"\"\n    rows = [row for row in self._rows if row['slug'] == slug]\n    return rows[0] if rows else None"],
  ["JSON",                    47,       68,         "JSON {\"model\":\"claude-opus-4-8\",\"max_tokens\":32000,\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"hi\\n\"}]}]}"],
  ["minified JavaScript",     70,       77,         "var e=function(t,n){if(!t||n>=0x1f)return void 0;for(var r=0,o=t.length;r<o;r++)n+=t[r]<<2;return n};!function(){e([1,2,3],0)}();"],
  ["a log",                   53,       58,         "at 2026-11-22T16:07:19.380Z INFO [48213] req=9f86d081884c7d65 GET /api/v1/items/48213 200 12.482ms"],
  ["base64",                  80,       97,         "key iVBORw0KGgoAAAANSUhEUgAAAGQAAABLCAYAAACbpsxFAAAACXBIWXMAAAsTAAALEwEAmpwYAAAgAElEQVR4nO29d3gc1b3w/5mZ7VW"],
  ["quotes and contractions", 32,       42,         "it's the agents' budget; don't say ‘no’, we'll “try”, they've 'quoted' it, and I'd've gone"],
  ["capitals",                33,       60,         "WARNING: HTTP and TLS, an API, iPhone, McDonald, XMLHttpRequest, camelCaseName, SCREAMING_SNAKE_CASE"],
  ["blanks and rules",        22,       24,         "list:\n\n\n  - one\n\t- two\n        deep\r\n==========  ---   *** end"],
  ["Chinese",                 65,       65,         "README：每个代理都在一个它无法修改的隔离进程树中运行。唯一的出口是主机上的出站代理，它默认拒绝，保管真实的凭据（与密钥）。"],
  ["Japanese",                59,       59,         "README：それぞれのエージェントは、自分では変更できない隔離されたプロセスツリーの中で動きます。外へ出る唯一の道は「プロキシ」です。"],
  ["Korean",                  69,       69,         "README: 각 에이전트는 스스로 수정할 수 없는 격리된 프로세스 트리에서 실행됩니다. 밖으로 나가는 유일한 길은 프록시입니다."],
  ["Russian",                 42,       42,         "README: Каждый агент работает в изолированном дереве процессов, которое он не может изменить. Единственный выход — прокси."],
  ["German",                  45,       61,         "README: Jeder Agent läuft in einer Flasche: einem abgeschotteten Prozessbaum, den er nicht ändern kann. Übergroße Prüfsummen."],
  ["French",                  39,       50,         "README : l’agent s’exécute dans une bouteille, un arbre de processus isolé qu’il ne peut pas modifier. « Voilà »."],
  ["Polish",                  45,       52,         "README: każdy agent działa w butelce, odizolowanym drzewie procesów, którego nie może zmienić. Źdźbło żółtej łąki."],
  ["Arabic",                  71,       71,         "README: يعمل كل وكيل في زجاجة: شجرة عمليات معزولة لا يمكنه تعديلها. الطريق الوحيد للخروج هو الوكيل ١٢٣."],
  ["Hindi",                   66,       66,         "README: प्रत्येक एजेंट एक बोतल में चलता है: एक पृथक प्रक्रिया वृक्ष जिसे वह बदल नहीं सकता। १२३"],
  ["Thai",                    70,       70,         "README: เอเจนต์แต่ละตัวทำงานในขวด ซึ่งเป็นโครงสร้างกระบวนการที่แยกออกมาและแก้ไขไม่ได้"],
  ["emoji and signs",         57,       57,         "done ✅ 🎉 👩‍💻 ⚠️ → ½ © ┌──┐ │ x² ≤ 10 € 5 № 3 … • item"],
  ["decomposed letters",      8,        8,          "café naïve Ångström"],
] as const)("countTokens: %s is %i tokens of the earlier tokenizer and %i of the newer", async (_what, earlier, newer, text) => {
  expect([await countTokens([text], "claude-3"), await countTokens([text], "claude-4.7")]).toEqual([earlier, newer])
})

// biome-ignore format: a table
test.each([
  // what                            most more than whole  text
  ["a long text, counted in slices", 4,                    `${"The only way out is an egress proxy.\n".repeat(30_000)}`],
  ["one word without an end",        40,                   "lorem".repeat(8_000)],
  ["one row of signs",               4,                    "=".repeat(100_000)],
] as const)("countTokens of %s is that of its parts, and at most %i more", async (_what, most, text) => {
  const half = text.length / 2
  const parts = await countTokens([text.slice(0, half), text.slice(half)], "claude-4.7")
  expect(await countTokens([text], "claude-4.7")).toBeWithin(parts - most, parts + most + 1)
})

test("countTokens is never under the bytes a text needs at least, whatever is in it: half pairs, marks of its own", async () => {
  for (const text of ["\ud800", "\udfff\ud800", "\ud800\ud801x\ud802", "\ufdd0", "\u{10ffff}"]) {
    expect(await countTokens([text], "claude-4.7")).toBeWithin(1, 13)
  }
  expect(await countTokens([], "claude-4.7")).toBe(0)
  expect(await countTokens(["", ""], "claude-3")).toBe(0)
})

test("while a large text is counted, others have their turn", async () => {
  let turns = 0
  let counting = true
  const takeTurn = () => {
    turns++
    if (counting) setImmediate(takeTurn)
  }
  setImmediate(takeTurn)
  await countTokens(["one two three four\n".repeat(50_000)], "claude-4.7")
  counting = false
  expect(turns).toBeGreaterThan(10)
})
