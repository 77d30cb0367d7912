// The guest's placeholders for Claude's credentials: the right shape, no access.
//
// The kind matters: with an OAuth token the client adds the headers that go with one.

import type { HeldCredential, Placeholders } from "../provider.ts"

/** The client asks about an API key it has not seen, and remembers the answer by its last 20 characters. */
export const APPROVED_KEY_CHARACTERS = 20

export const OAUTH_ENV = "CLAUDE_CODE_OAUTH_TOKEN"
export const API_KEY_ENV = "ANTHROPIC_API_KEY"

export const LOGIN = "claude-login"
export const CREDENTIALS_FILE = ".claude/.credentials.json"

/** 2100-01-01: Claude Code renews a login that ends. */
const FAR_MS = 4_102_444_800_000

export function claudePlaceholders(credential: HeldCredential | undefined): Placeholders {
  if (credential?.name === LOGIN) return loginPlaceholders(credential.details ?? {})
  const env = credential?.name === OAUTH_ENV ? OAUTH_ENV : API_KEY_ENV
  return { env: { [env]: claudePlaceholder(env) }, files: [] }
}

/**
 * As Claude Code writes it after a login. Plan and scopes are real: by them it decides which of its own meters, models
 * and context windows it shows.
 */
function loginPlaceholders({ scopes = "user:inference", plan, tier }: Readonly<Record<string, string>>): Placeholders {
  const login = {
    accessToken: ACCESS_PLACEHOLDER,
    refreshToken: REFRESH_PLACEHOLDER,
    expiresAt: FAR_MS,
    scopes: scopes.split(" "),
    subscriptionType: plan ?? null,
    rateLimitTier: tier ?? null,
  }
  return { env: {}, files: [{ path: CREDENTIALS_FILE, content: `${JSON.stringify({ claudeAiOauth: login })}\n` }] }
}

export function claudePlaceholder(env: typeof OAUTH_ENV | typeof API_KEY_ENV): string {
  return placeholderOf(env === OAUTH_ENV ? "sk-ant-oat01-" : "sk-ant-api03-")
}

export const ACCESS_PLACEHOLDER = placeholderOf("sk-ant-oat01-")
export const REFRESH_PLACEHOLDER = placeholderOf("sk-ant-ort01-")

function placeholderOf(prefix: string): string {
  return `${prefix}bot-bottle-placeholder-the-real-one-stays-on-the-host-`.padEnd(106, "0").concat("AA")
}
