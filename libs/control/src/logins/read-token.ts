// The access token in a login's file now, and how long it lasts.

import { readFileSync } from "node:fs"
import { Secret } from "@bot-bottle/contracts"
import { digest, dueAtMs, lifeOf, openRenewalJournal } from "@bot-bottle/logins/renewal"
import type { HostLogin } from "../resolve/credentials/host-login.ts"

export interface TokenNow {
  readonly secret: Secret
  readonly digest: string
  readonly expiresAtMs: number | undefined
  readonly dueAtMs: number | undefined
}

/** Undefined while the file holds no login that can be used. */
export function readToken(root: string, { source, file }: Pick<HostLogin, "source" | "file">): TokenNow | undefined {
  let text: string
  try {
    text = readFileSync(file, "utf8")
  } catch {
    // The operator has logged out, or is about to log in again.
    return undefined
  }
  const reading = source.read(text, Date.now())
  if (reading.outcome !== "found") return undefined
  const { secret, expiresAtMs } = reading
  return {
    secret: new Secret(secret),
    digest: digest(secret),
    expiresAtMs,
    dueAtMs: dueAtMs(lifeOf(reading, openRenewalJournal(root, file).find())),
  }
}
