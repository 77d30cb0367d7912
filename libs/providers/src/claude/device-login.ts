// Reads the login that Claude Code keeps on the host after `/login`: an account's access token,
// which lives for some hours, and the refresh token that renews it.

import { asList, asObject, asText, type JsonObject, parseJson } from "@bot-bottle/contracts"
import type { LoginReading } from "../provider.ts"
import { LOGIN } from "./placeholders.ts"

export const API_HOST = "api.anthropic.com"
/** The part of the file that is the account's login; servers of MCP keep theirs beside it. */
export const ACCOUNT_FIELD = "claudeAiOauth"
const INFERENCE = "user:inference"

export function readDeviceLogin(text: string): LoginReading {
  const file = asObject(parseJson(text))
  if (file === undefined) return { outcome: "unusable", why: "it is not JSON" }
  const login = asObject(file[ACCOUNT_FIELD])
  if (login === undefined) return { outcome: "absent" }
  const token = asText(login["accessToken"])
  if (token === undefined || token === "")
    return { outcome: "unusable", why: "Claude Code has found it to be over, and emptied it" }
  const scopes = scopesOf(login)
  if (!scopes.includes(INFERENCE)) return { outcome: "unusable", why: `it lacks the right to ${INFERENCE}` }
  const expiresAt = login["expiresAt"]
  const expiresAtMs = typeof expiresAt === "number" && Number.isSafeInteger(expiresAt) ? expiresAt : undefined
  const plan = asText(login["subscriptionType"])
  const tier = asText(login["rateLimitTier"])
  return {
    outcome: "found",
    secret: token,
    injection: { header: "authorization", template: "Bearer {secret}" },
    hosts: [API_HOST],
    held: {
      name: LOGIN,
      details: {
        scopes: scopes.join(" "),
        ...(plan === undefined ? {} : { plan }),
        ...(tier === undefined ? {} : { tier }),
      },
    },
    isRenewable: expiresAtMs !== undefined && (asText(login["refreshToken"]) ?? "") !== "",
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
    ...(plan === undefined ? {} : { account: `${plan} plan` }),
  }
}

export function scopesOf(login: JsonObject): readonly string[] {
  return asList(login["scopes"]).filter((scope) => typeof scope === "string")
}

/** The file beside it names the account. */
export function readAccountName(text: string): string | undefined {
  return asText(asObject(asObject(parseJson(text))?.["oauthAccount"])?.["emailAddress"])
}
