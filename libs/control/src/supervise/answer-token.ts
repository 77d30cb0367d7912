// Tokens by which a question is answered from outside: random, for one answer, and stored as their
// hash alone, so that a reader of the ledger cannot answer.

import { createHash, randomBytes } from "node:crypto"

const TOKEN_BYTES = 32
/** Tells people and secret scanners whose token it is. */
const PREFIX = "bbq_"

export function createToken(): string {
  return `${PREFIX}${randomBytes(TOKEN_BYTES).toString("base64url")}`
}

export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex")
}
