// How Codex renews its login, as the pinned version does it (docs/providers.md).

import { dirname, join } from "node:path"
import { asObject, asText, parseJson } from "@bot-bottle/contracts"
import type { AuthorityAnswer, LoginRenewal, RenewalAnswer, RenewalRequest } from "../login-renewal.ts"
import { placeholderTokens } from "./placeholders.ts"

/** Of Codex itself: public, the same in every installation. */
const CLIENT_ID = "app_EMoamEEZ73f0CkXaXp7hrann"

export const codexRenewal: LoginRenewal = {
  host: "auth.openai.com",
  path: "/oauth/token",
  // The first is held for the whole renewal, the second while the file is replaced.
  lock: (loginFile) => ({ kind: "flock", paths: [join(dirname(loginFile), "auth.lock"), `${loginFile}.lock`] }),
  request,
  readAnswer,
  placeholderAnswer(details) {
    const { id_token, access_token, refresh_token } = placeholderTokens(details)
    return JSON.stringify({ id_token, access_token, refresh_token })
  },
}

function request(text: string): RenewalRequest {
  const refreshToken = asText(asObject(asObject(parseJson(text))?.["tokens"])?.["refresh_token"]) ?? ""
  if (refreshToken === "") return { outcome: "unusable", why: "it holds no refresh token" }
  return {
    outcome: "ready",
    refreshToken,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ client_id: CLIENT_ID, grant_type: "refresh_token", refresh_token: refreshToken }),
  }
}

function readAnswer(text: string, { status, body }: AuthorityAnswer, nowMs: number): RenewalAnswer {
  const said = asObject(parseJson(body))
  if (status !== 200) {
    if (status >= 500 || status === 429) return { outcome: "not-now", why: `the authority answered ${status}` }
    const error = said?.["error"]
    const code = asText(asObject(error)?.["code"]) ?? asText(error)
    const word = code !== undefined && /^[\w-]{1,64}$/.test(code) ? ` (${code})` : ""
    return { outcome: "refused", why: `the authority answered ${status}${word}` }
  }
  const file = asObject(parseJson(text))
  const tokens = asObject(file?.["tokens"])
  const accessToken = asText(said?.["access_token"])
  if (tokens === undefined || accessToken === undefined || accessToken === "")
    return { outcome: "refused", why: "the authority's answer holds no access token" }
  const renewed = {
    ...tokens,
    access_token: accessToken,
    // Each may be left out, and then stays.
    id_token: asText(said?.["id_token"]) ?? tokens["id_token"],
    refresh_token: asText(said?.["refresh_token"]) ?? tokens["refresh_token"],
  }
  const next = { ...file, tokens: renewed, last_refresh: new Date(nowMs).toISOString() }
  return { outcome: "renewed", text: JSON.stringify(next, undefined, 2) }
}
