// `credentials/renewals/<id>.json`: what is known of the last renewal of one login. Written before
// a refresh token leaves, and read by whoever renews next, which may be another build.

import * as v from "valibot"
import { boundedText, count, type EntriesOf, path, wholeNumber } from "./shapes/bounds.ts"
import type { MessageSchema } from "./shapes/parse-message.ts"

export interface RenewalRecord {
  readonly version: 1
  /** The login's file. */
  readonly file: string
  /** SHA-256 of the refresh token that was sent. */
  readonly spent: string
  /**
   * `sending`: it may have reached the authority, and no answer is known. `answered`: the answer is here and may not be
   * in the login's file yet. `renewed`: it is. `refused`: the authority will never take it again.
   */
  readonly state: "sending" | "answered" | "renewed" | "refused"
  readonly atMs: number
  /** Of `answered`: as it came. Secret. */
  readonly answer?: { readonly status: number; readonly body: string }
  /** Of `renewed`: when the new access token ends. */
  readonly expiresAtMs?: number
  /** Of `refused`: the reason, without any secret. */
  readonly why?: string
}

/** Characters of the whole file. */
export const MAX_RENEWAL_RECORD = 256 * 1024

export const renewalRecordSchema: MessageSchema<RenewalRecord> = v.object({
  version: v.literal(1),
  file: path(),
  spent: v.pipe(boundedText(64), v.regex(/^[0-9a-f]{64}$/)),
  state: v.picklist(["sending", "answered", "renewed", "refused"]),
  atMs: count(),
  answer: v.exactOptional(v.object({ status: wholeNumber(100, 599), body: boundedText(64 * 1024) })),
  expiresAtMs: v.exactOptional(count()),
  why: v.exactOptional(boundedText(1_000)),
} satisfies EntriesOf<RenewalRecord>)
