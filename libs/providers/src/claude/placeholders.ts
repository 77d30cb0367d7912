// What stands in the guest where Claude's credentials would: the right shape, no access.
//
// The kind matters: with an OAuth token the client adds the headers that go with one.

/** The client asks about an API key it has not seen, and remembers the answer by its last 20 characters. */
export const APPROVED_KEY_CHARACTERS = 20

export const OAUTH_ENV = "CLAUDE_CODE_OAUTH_TOKEN"
export const API_KEY_ENV = "ANTHROPIC_API_KEY"

export const CLAUDE_PLACEHOLDERS: Readonly<Record<string, string>> = {
  [OAUTH_ENV]: placeholder("sk-ant-oat01-"),
  [API_KEY_ENV]: placeholder("sk-ant-api03-"),
}

function placeholder(prefix: string): string {
  return `${prefix}bot-bottle-placeholder-the-real-one-stays-on-the-host-`.padEnd(106, "0").concat("AA")
}
