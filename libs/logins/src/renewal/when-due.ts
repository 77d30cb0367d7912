// Decides when an access token should be renewed. Pure.

import type { RenewalRecord } from "@bot-bottle/contracts/messages/renewal-record"

const MAX_MARGIN_MS = 5 * 60_000

export interface TokenLife {
  readonly expiresAtMs?: number
  readonly issuedAtMs?: number
}

/** A quarter of its life before its end, at most five minutes. Undefined: it does not end, or does not say. */
export function dueAtMs({ expiresAtMs, issuedAtMs }: TokenLife): number | undefined {
  if (expiresAtMs === undefined) return undefined
  if (issuedAtMs === undefined || issuedAtMs > expiresAtMs) return expiresAtMs - MAX_MARGIN_MS
  return expiresAtMs - Math.min(MAX_MARGIN_MS, (expiresAtMs - issuedAtMs) / 4)
}

/** Most files say when a token ends and not when it began; the journal knows of those that we renewed. */
export function lifeOf({ expiresAtMs, issuedAtMs }: TokenLife, record: RenewalRecord | undefined): TokenLife {
  const began = issuedAtMs ?? (record?.expiresAtMs === expiresAtMs ? record?.atMs : undefined)
  return {
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
    ...(began === undefined ? {} : { issuedAtMs: began }),
  }
}
