// Reads the login that Codex itself keeps on the host. It is an account's access token, which lives
// for some days, or a key that was stored with `codex login`.
//
// Only the access token leaves this file, as a secret. How the login is renewed: `renewal.ts`.

import { asObject, asText, parseJson } from "@bot-bottle/contracts"
import type { LoginReading } from "../provider.ts"
import { API_KEY_ENV, LOGIN } from "./placeholders.ts"

export const API_HOST = "api.openai.com"
export const LOGIN_HOST = "chatgpt.com"

export function readDeviceLogin(text: string): LoginReading {
  const file = asObject(parseJson(text))
  if (file === undefined) return { outcome: "unusable", why: "it is not JSON" }
  const tokens = asObject(file["tokens"])
  const token = asText(tokens?.["access_token"])
  if (token === undefined || token === "") return readStoredKey(asText(file["OPENAI_API_KEY"]))

  const account =
    asText(tokens?.["account_id"]) ?? asText(authClaims(asText(tokens?.["id_token"]))?.["chatgpt_account_id"])
  // It becomes a header's value.
  if (account === undefined || !/^[\w-]{1,128}$/.test(account))
    return { outcome: "unusable", why: "it names no account" }
  const { exp, iat } = claimsOf(token) ?? {}
  const email = asText(claimsOf(asText(tokens?.["id_token"]))?.["email"])
  const plan = asText(authClaims(asText(tokens?.["id_token"]))?.["chatgpt_plan_type"])
  return {
    outcome: "found",
    secret: token,
    injection: {
      header: "authorization",
      template: "Bearer {secret}",
      withHeaders: { "chatgpt-account-id": account },
    },
    hosts: [LOGIN_HOST],
    held: { name: LOGIN, details: { account, ...(plan === undefined ? {} : { plan }) } },
    isRenewable: typeof exp === "number" && (asText(tokens?.["refresh_token"]) ?? "") !== "",
    ...(typeof exp === "number" ? { expiresAtMs: exp * 1000 } : {}),
    ...(typeof iat === "number" ? { issuedAtMs: iat * 1000 } : {}),
    account: email ?? account,
  }
}

function readStoredKey(key: string | undefined): LoginReading {
  if (key === undefined || key === "") return { outcome: "unusable", why: "it holds neither a login nor a key" }
  return {
    outcome: "found",
    secret: key,
    injection: { header: "authorization", template: "Bearer {secret}" },
    hosts: [API_HOST],
    held: { name: API_KEY_ENV },
  }
}

function authClaims(token: string | undefined) {
  return asObject(claimsOf(token)?.["https://api.openai.com/auth"])
}

/** Undefined for text that is not a JWT. Its signature is the provider's to check. */
function claimsOf(token: string | undefined) {
  const payload = token?.split(".")[1]
  return payload === undefined ? undefined : asObject(parseJson(Buffer.from(payload, "base64url").toString()))
}
