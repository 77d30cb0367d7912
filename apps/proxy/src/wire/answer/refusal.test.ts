import { expect, test } from "bun:test"
import { describeDenial } from "../../describe-denial.ts"
import { refusalReply } from "./refusal.ts"

const DENIAL = describeDenial("host-not-allowed", "pkgs.example")
const TEXT = `${DENIAL.message} ${DENIAL.hint}`

// biome-ignore format: a table
test.each([
  // path                          what a client prints
  [undefined,                      TEXT],
  ["/",                            TEXT],
  ["/left-pad",                    TEXT],
  ["/-/v1/search?text=models",     TEXT],
  ["/api/v1/crates",               TEXT],
  ["/v2/library/alpine/manifests", TEXT],
  ["/v1/responses",                { message: TEXT }],
  ["/v1/chat/completions",         { message: TEXT }],
  ["/openai/v1/embeddings?a=b",    { message: TEXT }],
  ["/v1/models",                   { message: TEXT }],
  ["/chat/completions",            { message: TEXT }],
  ["/v1beta/models/g:generateContent", { message: TEXT }],
  ["/openai/deployments/d/chat/completions?api-version=1", { message: TEXT }],
  ["/api/chat",                    TEXT],
] as const)("refusalReply: where nobody bills, the error at %p is text for people, and an object for clients of models", (path, error) => {
  const { status, lines, body } = refusalReply(DENIAL, path, undefined)
  expect([status, lines]).toEqual([403, ["content-type: application/json", "x-bot-bottle-reason: host-not-allowed"]])
  const { reason, message, hint } = DENIAL
  const parsed = JSON.parse(Buffer.from(body).toString())
  expect(parsed).toMatchObject({ message, error, bot_bottle_denied: { reason, message, hint } })
})

test("refusalReply: a metered host's API has its own shape and status", () => {
  const api = { denial: () => ({ status: 400, body: "{}" }) }
  const { status, body } = refusalReply(DENIAL, api, undefined)
  expect([status, Buffer.from(body).toString()]).toEqual([400, "{}"])
})
