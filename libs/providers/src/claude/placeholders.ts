// The guest's placeholders for Claude's credentials: the right shape, no access.
//
// The kind matters: with an OAuth token the client adds the headers that go with one.

import type { HeldCredential, Placeholders } from "../provider.ts"

/** The client asks about an API key it has not seen, and remembers the answer by its last 20 characters. */
export const APPROVED_KEY_CHARACTERS = 20

export const OAUTH_ENV = "CLAUDE_CODE_OAUTH_TOKEN"
export const API_KEY_ENV = "ANTHROPIC_API_KEY"

export function claudePlaceholders(credential: HeldCredential | undefined): Placeholders {
  const env = credential?.name === OAUTH_ENV ? OAUTH_ENV : API_KEY_ENV
  return { env: { [env]: claudePlaceholder(env) }, files: [] }
}

export function claudePlaceholder(env: typeof OAUTH_ENV | typeof API_KEY_ENV): string {
  const prefix = env === OAUTH_ENV ? "sk-ant-oat01-" : "sk-ant-api03-"
  return `${prefix}bot-bottle-placeholder-the-real-one-stays-on-the-host-`.padEnd(106, "0").concat("AA")
}
