// Keeps what TLS needs to speak as a host: the leaf certificate of the run's CA, made once a name.
//
// Bounded: a wildcard route, and every refusal, admits any number of names. The least recently
// used goes; a connection that uses it keeps it.

import { createSecureContext, type SecureContext } from "node:tls"
import type { Authority } from "@bot-bottle/contracts"
import type { RunCa } from "./run-ca.ts"

export interface LeafContexts {
  /** Of one authority: a TLS session is resumed for it and for no other port. */
  of(authority: Pick<Authority, "host" | "port">): SecureContext
}

const MAX_HOSTS = 256

export function createLeafContexts(ca: Pick<RunCa, "mint">, maxHosts = MAX_HOSTS): LeafContexts {
  /** In order of last use. */
  const made = new Map<string, SecureContext>()
  return {
    of({ host, port }) {
      const key = `${host}:${port}`
      const context = made.get(key) ?? createSecureContext(ca.mint(host))
      made.delete(key)
      const oldest = made.keys().next().value
      if (made.size >= maxHosts && oldest !== undefined) made.delete(oldest)
      made.set(key, context)
      return context
    },
  }
}
