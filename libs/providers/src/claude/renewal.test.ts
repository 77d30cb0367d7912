import { expect, test } from "bun:test"
import { readDeviceLogin } from "./device-login.ts"
import { claudeRenewal } from "./renewal.ts"

const NOW_MS = 1_800_000_000_000
const LOGIN = {
  accessToken: "access-1",
  refreshToken: "refresh-1",
  expiresAt: NOW_MS + 60_000,
  scopes: ["user:inference", "user:profile", "user:design:read", "org:other"],
  subscriptionType: "max",
  rateLimitTier: "default_claude_max_20x",
  extra: 7,
}
const OWN = "user:profile user:inference user:sessions:claude_code user:mcp_servers user:file_upload"

// biome-ignore format: a table
test.each([
  // the login                              what the authority is asked
  [LOGIN,                                   { client_id: "9d1c250a-e61b-44d9-88ed-5944d1962f5e", scope: `${OWN} user:design:read` }],
  [{ ...LOGIN, scopes: [] },                { client_id: "9d1c250a-e61b-44d9-88ed-5944d1962f5e", scope: OWN }],
  [{ ...LOGIN, clientId: "mine", scopes: ["user:inference"] }, { client_id: "mine", scope: "user:inference" }],
] as const)("request of %j", (login, asked) => {
  const request = claudeRenewal.request(fileOf(login))
  expect(request.outcome === "ready" && [request.refreshToken, JSON.parse(request.body)]).toEqual([
    "refresh-1",
    { grant_type: "refresh_token", refresh_token: "refresh-1", ...asked },
  ])
})

// biome-ignore format: a table
test.each([
  // status  body                                                                    outcome
  [400,      '{"error":"invalid_grant","error_description":"refresh-1 is used"}',    { outcome: "refused", why: "the authority answered 400 (invalid_grant)" }],
  [401,      '{"type":"error","error":{"type":"authentication_error"}}',             { outcome: "refused", why: "the authority answered 401 (authentication_error)" }],
  [403,      "<html>refresh-1</html>",                                               { outcome: "refused", why: "the authority answered 403" }],
  [429,      "",                                                                     { outcome: "not-now", why: "the authority answered 429" }],
  [503,      "",                                                                     { outcome: "not-now", why: "the authority answered 503" }],
  [200,      "{}",                                                                   { outcome: "refused", why: "the authority's answer holds no access token with an end" }],
] as const)("an answer of %d %s, without a word of what might be secret", (status, body, outcome) => {
  expect<unknown>(claudeRenewal.readAnswer(fileOf(LOGIN), { status, body }, NOW_MS)).toEqual(outcome)
})

test.each([
  [
    { refresh_token: "refresh-2", scope: "user:inference a" },
    { refreshToken: "refresh-2", scopes: ["user:inference", "a"] },
  ],
  // The old refresh token stays where no new one comes, and so do the scopes.
  [{}, { refreshToken: "refresh-1", scopes: LOGIN.scopes }],
] as const)("a renewal %j changes that and no other field", (said, changed) => {
  const body = JSON.stringify({ access_token: "access-2", expires_in: 28_800, ...said })
  const read = claudeRenewal.readAnswer(fileOf(LOGIN), { status: 200, body }, NOW_MS)
  expect(read.outcome === "renewed" && JSON.parse(read.text)).toEqual({
    mcpOAuth: { kept: true },
    claudeAiOauth: { ...LOGIN, ...changed, accessToken: "access-2", expiresAt: NOW_MS + 28_800_000 },
  })
})

// biome-ignore format: a table
test.each([
  // the file                                             reading
  ["{}",                                                  { outcome: "absent" }],
  ['{"mcpOAuth":{}}',                                     { outcome: "absent" }],
  ["nothing",                                             { outcome: "unusable", why: "it is not JSON" }],
  [fileOf({ ...LOGIN, accessToken: "" }),                 { outcome: "unusable", why: "Claude Code has found it to be over, and emptied it" }],
  [fileOf({ ...LOGIN, scopes: ["org:create_api_key"] }),  { outcome: "unusable", why: "it lacks the right to user:inference" }],
] as const)("nothing is taken of %s", (text, reading) => {
  expect<unknown>(readDeviceLogin(text)).toEqual(reading)
})

test("a login gives its access token, its plan and its end, and never the refresh token", () => {
  const reading = readDeviceLogin(fileOf(LOGIN))
  expect(reading).toMatchObject({
    outcome: "found",
    secret: "access-1",
    isRenewable: true,
    expiresAtMs: LOGIN.expiresAt,
  })
  expect(JSON.stringify(reading)).not.toContain("refresh-1")
  expect(readDeviceLogin(fileOf({ ...LOGIN, refreshToken: "" }))).toMatchObject({ isRenewable: false })
})

function fileOf(login: object): string {
  return JSON.stringify({ mcpOAuth: { kept: true }, claudeAiOauth: login })
}
