// A stand-in for the authority behind a subscription: hands out access tokens that end soon and
// refresh tokens that may be spent once. It speaks both dialects, Anthropic's and OpenAI's.
//
// As strict as an authority may be: a refresh token that comes twice ends its whole family, every
// access token with it. Tests read `reuses` and ask `isLive`.

import type { PlainAnswer, ReceivedRequest } from "./exchange.ts"
import { isObject, parseObject } from "./formats/json-text.ts"

export interface LoginAuthority {
  /** A login as after a person's consent: a family of its own. The lifetime is of its first access token alone. */
  issue(options?: { readonly accessLifetimeMs: number }): IssuedTokens
  /** Undefined for a request that is not for the token endpoint. */
  answer(request: ReceivedRequest): Promise<PlainAnswer | undefined>
  isLive(accessToken: string): boolean
  /** Spends no token. */
  isRefreshable(refreshToken: string): boolean
  /** Ends an access token before its time, as some authorities do when its login is renewed. */
  expire(accessToken: string): void
  /** Ends the family of this token, as a person does in their account's settings. */
  revoke(refreshToken: string): void
  readonly renewals: number
  readonly reuses: number
}

export interface IssuedTokens {
  readonly accessToken: string
  readonly refreshToken: string
  readonly idToken: string
  readonly expiresAtMs: number
}

export interface LoginAuthorityOptions {
  readonly accessLifetimeMs: number
  readonly nowMs: () => number
  /** Awaited after a token is spent and before the answer leaves: the moment a renewer is killed in. */
  readonly beforeAnswer?: () => void | Promise<void>
  readonly account?: { readonly id: string; readonly email: string; readonly plan: string }
}

interface Family {
  isDead: boolean
  readonly spent: Set<string>
  current: string
}

const ACCOUNT = { id: "account-of-the-stand-in", email: "operator@example.com", plan: "max" }

export function createLoginAuthority(options: LoginAuthorityOptions): LoginAuthority {
  const { accessLifetimeMs, nowMs, beforeAnswer, account = ACCOUNT } = options
  const byRefresh = new Map<string, Family>()
  const byAccess = new Map<string, { readonly family: Family; readonly expiresAtMs: number }>()
  let made = 0
  let renewals = 0
  let reuses = 0

  function issueFor(family: Family, lifetimeMs = accessLifetimeMs): IssuedTokens {
    made += 1
    const expiresAtMs = nowMs() + lifetimeMs
    const accessToken = tokenOf({ ...claims(expiresAtMs), jti: `access-${made}` })
    const refreshToken = `refresh-token-number-${made}-${crypto.randomUUID()}`
    family.current = refreshToken
    byRefresh.set(refreshToken, family)
    byAccess.set(accessToken, { family, expiresAtMs })
    return { accessToken, refreshToken, idToken: tokenOf(claims(expiresAtMs)), expiresAtMs }
  }

  function claims(expiresAtMs: number) {
    const auth = { chatgpt_account_id: account.id, chatgpt_user_id: "user", chatgpt_plan_type: account.plan }
    return {
      // JWTs count whole seconds; a token that ends within one must still be seen to end.
      exp: Math.floor(expiresAtMs / 1000),
      iat: Math.floor(nowMs() / 1000),
      email: account.email,
      "https://api.openai.com/auth": auth,
    }
  }

  async function renew(token: string, dialect: "anthropic" | "openai"): Promise<PlainAnswer> {
    const family = byRefresh.get(token)
    if (family === undefined || family.isDead) return refusal(dialect, "refresh_token_invalidated")
    if (family.spent.has(token)) {
      reuses += 1
      family.isDead = true
      return refusal(dialect, "refresh_token_reused")
    }
    family.spent.add(token)
    renewals += 1
    const issued = issueFor(family)
    await beforeAnswer?.()
    return { status: 200, headers: JSON_TYPE, body: JSON.stringify(bodyOf(issued, dialect)) }
  }

  function bodyOf({ accessToken, refreshToken, idToken }: IssuedTokens, dialect: "anthropic" | "openai") {
    if (dialect === "openai") return { id_token: idToken, access_token: accessToken, refresh_token: refreshToken }
    return {
      token_type: "Bearer",
      access_token: accessToken,
      refresh_token: refreshToken,
      expires_in: accessLifetimeMs / 1000,
      scope: "user:inference user:profile",
      account: { uuid: account.id, email_address: account.email },
      organization: { uuid: "organization-of-the-stand-in" },
    }
  }

  return {
    issue: (first) => issueFor({ isDead: false, spent: new Set(), current: "" }, first?.accessLifetimeMs),
    async answer({ method, path, body }) {
      const dialect = DIALECTS[path]
      if (method !== "POST" || dialect === undefined) return undefined
      const asked = parseObject(body)
      const token = isObject(asked) && asked["grant_type"] === "refresh_token" ? asked["refresh_token"] : undefined
      if (typeof token !== "string") return { status: 400, headers: JSON_TYPE, body: '{"error":"invalid_request"}' }
      return await renew(token, dialect)
    },
    isLive(accessToken) {
      const found = byAccess.get(accessToken)
      return found !== undefined && !found.family.isDead && nowMs() < found.expiresAtMs
    },
    isRefreshable(refreshToken) {
      const family = byRefresh.get(refreshToken)
      return family !== undefined && !family.isDead && !family.spent.has(refreshToken)
    },
    expire: (accessToken) => void byAccess.delete(accessToken),
    revoke(refreshToken) {
      const family = byRefresh.get(refreshToken)
      if (family !== undefined) family.isDead = true
    },
    get renewals() {
      return renewals
    },
    get reuses() {
      return reuses
    },
  }
}

const JSON_TYPE = { "content-type": "application/json" }

const DIALECTS: Readonly<Record<string, "anthropic" | "openai">> = {
  "/v1/oauth/token": "anthropic",
  "/oauth/token": "openai",
}

function refusal(dialect: "anthropic" | "openai", code: string): PlainAnswer {
  return dialect === "anthropic"
    ? { status: 400, headers: JSON_TYPE, body: JSON.stringify({ error: "invalid_grant", error_description: code }) }
    : { status: 401, headers: JSON_TYPE, body: JSON.stringify({ error: { code, message: "Refused" } }) }
}

/** A JWT with a signature that nobody can check. */
function tokenOf(claims: object): string {
  return [JSON.stringify({ alg: "RS256", typ: "JWT" }), JSON.stringify(claims), crypto.randomUUID()]
    .map((part) => Buffer.from(part).toString("base64url"))
    .join(".")
}
