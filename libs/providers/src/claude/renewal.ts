// How Claude Code renews its login, as the pinned version does it (docs/providers.md).

import { dirname, join } from "node:path"
import { asObject, asText, type JsonObject, parseJson } from "@bot-bottle/contracts"
import type { AuthorityAnswer, LoginRenewal, RenewalAnswer, RenewalRequest } from "../login-renewal.ts"
import { ACCOUNT_FIELD, scopesOf } from "./device-login.ts"
import { ACCESS_PLACEHOLDER, REFRESH_PLACEHOLDER } from "./placeholders.ts"

/** Of Claude Code itself: public, the same in every installation. */
const CLIENT_ID = "9d1c250a-e61b-44d9-88ed-5944d1962f5e"
/** It asks for all of these again, whatever an older login had. */
const OWN_SCOPES = [
  "user:profile",
  "user:inference",
  "user:sessions:claude_code",
  "user:mcp_servers",
  "user:file_upload",
] as const
const KEPT_SCOPES: readonly string[] = [
  "user:design:read",
  "user:design:write",
  "user:projects:read",
  "user:projects:write",
]
/** Claude Code takes over a lock that was not touched for so long. */
const STALE_LOCK_MS = 10_000
const YEAR_S = 31_536_000

export const claudeRenewal: LoginRenewal = {
  host: "platform.claude.com",
  path: "/v1/oauth/token",
  lock(loginFile) {
    const folder = dirname(loginFile)
    // The second is that of its older versions, which it still takes as well.
    return { kind: "folder", paths: [join(folder, ".oauth_refresh.lock"), `${folder}.lock`], staleMs: STALE_LOCK_MS }
  },
  request,
  readAnswer,
  placeholderAnswer: ({ scopes = "user:inference" }) =>
    JSON.stringify({
      token_type: "Bearer",
      access_token: ACCESS_PLACEHOLDER,
      refresh_token: REFRESH_PLACEHOLDER,
      expires_in: YEAR_S,
      scope: scopes,
    }),
}

function request(text: string): RenewalRequest {
  const login = loginOf(text)
  const refreshToken = asText(login?.["refreshToken"]) ?? ""
  if (login === undefined || refreshToken === "") return { outcome: "unusable", why: "it holds no refresh token" }
  const own = asText(login["clientId"])
  const scopes =
    own === undefined
      ? [...new Set([...OWN_SCOPES, ...scopesOf(login).filter((scope) => KEPT_SCOPES.includes(scope))])]
      : scopesOf(login)
  return {
    outcome: "ready",
    refreshToken,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      grant_type: "refresh_token",
      refresh_token: refreshToken,
      client_id: own ?? CLIENT_ID,
      scope: scopes.join(" "),
    }),
  }
}

function readAnswer(text: string, { status, body }: AuthorityAnswer, nowMs: number): RenewalAnswer {
  const said = asObject(parseJson(body))
  if (status !== 200) {
    const error = asText(said?.["error"]) ?? asText(asObject(said?.["error"])?.["type"])
    if (status >= 500 || status === 429) return { outcome: "not-now", why: `the authority answered ${status}` }
    return { outcome: "refused", why: `the authority answered ${status}${wordOf(error)}` }
  }
  const accessToken = asText(said?.["access_token"])
  const expiresIn = said?.["expires_in"]
  const file = asObject(parseJson(text))
  const login = asObject(file?.[ACCOUNT_FIELD])
  if (accessToken === undefined || accessToken === "" || typeof expiresIn !== "number" || login === undefined)
    return { outcome: "refused", why: "the authority's answer holds no access token with an end" }
  const scope = asText(said?.["scope"])
  const renewed = {
    ...login,
    accessToken,
    refreshToken: asText(said?.["refresh_token"]) ?? login["refreshToken"],
    expiresAt: nowMs + Math.round(expiresIn * 1000),
    ...(scope === undefined ? {} : { scopes: scope.split(" ").filter((one) => one !== "") }),
  }
  return { outcome: "renewed", text: JSON.stringify({ ...file, [ACCOUNT_FIELD]: renewed }) }
}

function loginOf(text: string): JsonObject | undefined {
  return asObject(asObject(parseJson(text))?.[ACCOUNT_FIELD])
}

/** An error's code is a word; anything longer might hold what must not be shown. */
function wordOf(error: string | undefined): string {
  return error !== undefined && /^[\w-]{1,64}$/.test(error) ? ` (${error})` : ""
}
