import { expect, test } from "bun:test"
import { parseReplyScript, replyFrom } from "./reply-script.ts"

// biome-ignore format: a table
test.each([
  ["{",                      /^The replies are not JSON: /],
  ["{}",                     /^The replies are not a JSON array$/],
  ["[1]",                    /^Reply 1 is not an object$/],
  ['[{"text":"a"},{}]',      /^Reply 2 has no text$/],
  ['[{"text":"a","txt":1}]', /^Reply 1 has an unknown key "txt"; known are text, delayMs, usage, /],
])("parseReplyScript refuses %s", (text, problem) => {
  expect(parseReplyScript(text)).toEqual({ problem: expect.stringMatching(problem) })
})

test("replyFrom gives the replies in order, then the last again, and counts usage nobody gave", async () => {
  const script = parseReplyScript('[{"text":"12345678"},{"text":"b","usage":{"outputTokens":61},"delayMs":5}]')
  if ("problem" in script) throw new Error(script.problem)
  const reply = replyFrom(script)

  const request = { method: "POST", path: "/v1/messages", headers: {}, body: "0123456789ab" }
  const counted = { inputTokens: 3, cacheReadTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 }
  const last = { text: "b", delayMs: 5, usage: { ...counted, outputTokens: 61 } }
  expect([await reply?.(request, 0), await reply?.(request, 1), await reply?.(request, 2)]).toEqual([
    { text: "12345678", usage: { ...counted, outputTokens: 2 } },
    last,
    last,
  ])
})

test("replyFrom leaves an empty script to the echo", () => {
  expect(replyFrom([])).toBeUndefined()
})
