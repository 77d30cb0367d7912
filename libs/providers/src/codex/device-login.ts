// Reads the login that Codex itself keeps on the host: an account's access token, which lives
// for some days and is renewed by Codex there, or a key that was stored with `codex login`.
//
// Only the access token leaves this file, as a secret. The refresh token is never used: a
// renewal would make the host's own login void.

import { asObject, asText, parseJson } from "@bot-bottle/contracts"
import type { LoginReading } from "../provider.ts"
import { API_KEY_ENV, LOGIN } from "./placeholders.ts"

export const API_HOST = "api.openai.com"
export const LOGIN_HOST = "chatgpt.com"

/** A run that cannot send its second request is useless. */
const MIN_LEFT_MS = 5 * 60_000

export function readDeviceLogin(text: string, nowMs: number): LoginReading {
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
  const expiresAtS = claimsOf(token)?.["exp"]
  const expiresAtMs = typeof expiresAtS === "number" ? expiresAtS * 1000 : undefined
  if (expiresAtMs !== undefined && expiresAtMs - nowMs < MIN_LEFT_MS) {
    return { outcome: "expired", expiredAtMs: expiresAtMs }
  }
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
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
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
