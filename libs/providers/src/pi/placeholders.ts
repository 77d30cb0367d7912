// The guest's placeholder for the key of Pi's model API: the right shape, no access.
//
// The shape matters: by how an Anthropic key begins Pi tells an account's token from a key.

import type { HeldCredential, Placeholders } from "../provider.ts"

export const OAUTH_ENV = "ANTHROPIC_OAUTH_TOKEN"

export function piPlaceholders(credential: HeldCredential | undefined): Placeholders {
  return credential === undefined
    ? { env: {}, files: [] }
    : { env: { [credential.name]: piPlaceholder(credential) }, files: [] }
}

export function piPlaceholder(credential: HeldCredential | undefined): string {
  const prefix = credential?.name === OAUTH_ENV ? "sk-ant-oat01-" : "sk-"
  return `${prefix}bot-bottle-placeholder-the-real-one-stays-on-the-host-`.padEnd(106, "0").concat("AA")
}
