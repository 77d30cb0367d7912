// The guest's placeholders for Codex's credentials: the right shape, no access.
//
// With an API key it speaks to api.openai.com; with a login to chatgpt.com, where it believes its
// login never expires. A renewal that it tries by itself ends at the proxy.

import type { HeldCredential, Placeholders } from "../provider.ts"

export const API_KEY_ENV = "OPENAI_API_KEY"
export const LOGIN = "codex-login"
export const AUTH_FILE = ".codex/auth.json"

const WORDS = "bot-bottle-placeholder-the-real-one-stays-on-the-host"
const API_KEY = `sk-proj-${WORDS}-`.padEnd(162, "0").concat("AA")
/** 2100-01-01: the harness refreshes a login that ends, or that is old. */
const FAR = { seconds: 4_102_444_800, text: "2100-01-01T00:00:00Z" }

export function codexPlaceholders(credential: HeldCredential | undefined): Placeholders {
  return credential?.name === LOGIN ? loginPlaceholders(credential.details ?? {}) : KEY_PLACEHOLDERS
}

const KEY_PLACEHOLDERS: Placeholders = {
  env: { [API_KEY_ENV]: API_KEY },
  files: [{ path: AUTH_FILE, content: json({ auth_mode: "apikey", OPENAI_API_KEY: API_KEY }) }],
}

function loginPlaceholders(details: Readonly<Record<string, string>>): Placeholders {
  const tokens = placeholderTokens(details)
  const content = json({ auth_mode: "chatgpt", OPENAI_API_KEY: null, tokens, last_refresh: FAR.text })
  return { env: {}, files: [{ path: AUTH_FILE, content }] }
}

/** The account's id is real: Codex looks for it among those the provider lists, and opens nothing by it. */
export function placeholderTokens({ account = "", plan = "pro" }: Readonly<Record<string, string>>) {
  const claims = {
    iss: "https://auth.openai.com",
    sub: WORDS,
    email: "placeholder@bot-bottle.invalid",
    exp: FAR.seconds,
    "https://api.openai.com/auth": {
      chatgpt_account_id: account,
      chatgpt_user_id: WORDS,
      chatgpt_plan_type: plan,
    },
  }
  const token = unsignedToken(claims)
  return { id_token: token, access_token: token, refresh_token: WORDS, account_id: account }
}

/** Reads as a JWT to those who do not check its signature, as no client does. */
function unsignedToken(claims: object): string {
  return [{ alg: "RS256", typ: "JWT" }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .concat(Buffer.from(WORDS).toString("base64url"))
    .join(".")
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}
