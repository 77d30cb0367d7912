// Finds the credential a provider needs among the host's variables, or says what was looked for.
//
//   INV-42  A metered host without a credential is an error, never a route without one.

import { OperatorProblem, Secret } from "@bot-bottle/contracts"
import type { CredentialSource, Provider } from "@bot-bottle/providers"

export interface FoundCredential {
  readonly source: CredentialSource
  /** Host variable it was read from. */
  readonly name: string
  readonly secret: Secret
}

export type FindVariable = (name: string) => string | undefined

/** `tokenRef` replaces the provider's own sources. Throws OperatorProblem when nothing is there. */
export function loadCredential(provider: Provider, tokenRef: string | undefined, find: FindVariable): FoundCredential {
  const candidates =
    tokenRef === undefined
      ? provider.credentials.map((source) => ({ source, name: source.env }))
      : namedBy(provider, tokenRef, find)
  for (const { source, name } of candidates) {
    const text = find(name)
    if (text !== undefined) return { source, name, secret: loadSecret(name, text) }
  }
  throw new OperatorProblem(
    `no credential for provider '${provider.name}': looked for ${describe(provider, tokenRef)}`,
    {
      hint: `export ${tokenRef ?? provider.credentials.at(-1)?.env} on the host; the bottle never sees it`,
    },
  )
}

/** A route's own `token_ref`. */
export function loadNamedSecret(name: string, origin: string, find: FindVariable): Secret {
  const text = find(name)
  if (text !== undefined) return loadSecret(name, text)
  throw new OperatorProblem(`${origin}: token_ref '${name}' is not set on the host`, {
    hint: `export ${name}, or remove the route's auth`,
  })
}

function loadSecret(name: string, text: string): Secret {
  // It becomes a header value: a line break in it would be a second header.
  if (!/^[\x20-\x7e]+$/.test(text)) {
    throw new OperatorProblem(`host variable '${name}' holds a line break or another character no credential has`, {
      hint: `set ${name} again without it`,
    })
  }
  return new Secret(text)
}

function namedBy(provider: Provider, tokenRef: string, find: FindVariable) {
  const exact = provider.credentials.find(({ env }) => env === tokenRef)
  const byShape = provider.credentials.find((source) => find(tokenRef)?.startsWith(source.prefix ?? "\0") === true)
  const source = exact ?? byShape ?? provider.credentials.at(-1)
  return source === undefined ? [] : [{ source, name: tokenRef }]
}

function describe(provider: Provider, tokenRef: string | undefined): string {
  if (tokenRef !== undefined) return `${tokenRef} (token_ref)`
  return provider.credentials.map(({ env, title }) => `${env} (${title})`).join(", then ")
}
