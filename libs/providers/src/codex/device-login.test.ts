import { expect, test } from "bun:test"
import { readDeviceLogin } from "./device-login.ts"

const NOW_MS = Date.parse("2026-03-01T12:00:00Z")
const AUTH = "https://api.openai.com/auth"

test("a login gives its access token for chatgpt.com, with the account it is of, and never the refresh token", () => {
  const access = token({ exp: NOW_MS / 1000 + 3600 })
  const reading = readDeviceLogin(login({ access_token: access }))
  expect(reading).toEqual({
    outcome: "found",
    secret: access,
    injection: {
      header: "authorization",
      template: "Bearer {secret}",
      withHeaders: { "chatgpt-account-id": "acc-1" },
    },
    hosts: ["chatgpt.com"],
    held: { name: "codex-login", details: { account: "acc-1", plan: "plus" } },
    isRenewable: true,
    expiresAtMs: NOW_MS + 3_600_000,
    account: "acc-1",
  })
  expect(JSON.stringify(reading)).not.toContain("the-refresh-token")
})

test("the account may stand in the id token only", () => {
  const text = login({ account_id: undefined, id_token: token({ [AUTH]: { chatgpt_account_id: "acc-2" } }) })
  expect(readDeviceLogin(text)).toMatchObject({
    outcome: "found",
    injection: { withHeaders: { "chatgpt-account-id": "acc-2" } },
  })
})

test("a key stored by the login is an API key", () => {
  const text = JSON.stringify({ auth_mode: "apikey", OPENAI_API_KEY: "sk-x" })
  expect(readDeviceLogin(text)).toEqual({
    outcome: "found",
    secret: "sk-x",
    injection: { header: "authorization", template: "Bearer {secret}" },
    hosts: ["api.openai.com"],
    held: { name: "OPENAI_API_KEY" },
  })
})

// biome-ignore format: a table
test.each([
  // file                                                              reading
  ["{}",                                                               { outcome: "unusable", why: "it holds neither a login nor a key" }],
  ["not JSON",                                                         { outcome: "unusable", why: "it is not JSON" }],
  ["[]",                                                               { outcome: "unusable", why: "it is not JSON" }],
  [login({ account_id: "a\r\nx: y" }),                                 { outcome: "unusable", why: "it names no account" }],
  [login({ account_id: undefined, id_token: "x.!!.z" }),               { outcome: "unusable", why: "it names no account" }],
] as const)("nothing is taken of %j", (text, reading) => {
  expect(readDeviceLogin(text)).toEqual(reading)
})

function login(changes: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({
    OPENAI_API_KEY: null,
    tokens: {
      id_token: token({ [AUTH]: { chatgpt_account_id: "acc-1", chatgpt_plan_type: "plus" } }),
      access_token: token({}),
      refresh_token: "the-refresh-token",
      account_id: "acc-1",
      ...changes,
    },
    last_refresh: "2026-02-27T00:00:00Z",
  })
}

function token(claims: object): string {
  return ["{}", JSON.stringify(claims), "x"].map((part) => Buffer.from(part).toString("base64url")).join(".")
}
