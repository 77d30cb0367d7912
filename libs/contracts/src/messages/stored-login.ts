// `credentials/<provider>-<name>.json`: a key or token that `login` keeps on the host. Written
// by one command and read by later ones, so it is parsed like any message.

import * as v from "valibot"
import { boundedText, type EntriesOf } from "./bounds.ts"
import type { MessageSchema } from "./parse-message.ts"

export interface StoredLogin {
  readonly version: 1
  readonly provider: string
  /** `default`, or the name of one of several accounts. */
  readonly name: string
  /** The environment variable that would hold the secret: it says which kind it is. */
  readonly variable: string
  readonly secret: string
  /** ISO 8601 with offset. */
  readonly savedAt: string
}

/** Characters of the whole file. */
export const MAX_STORED_LOGIN = 64 * 1024

const word = () => v.pipe(boundedText(64), v.regex(/^[a-z][a-z0-9-]*$/))

export const storedLoginSchema: MessageSchema<StoredLogin> = v.object({
  version: v.literal(1),
  provider: word(),
  name: word(),
  variable: v.pipe(boundedText(128), v.regex(/^[A-Z][A-Z0-9_]*$/)),
  secret: boundedText(32 * 1024),
  savedAt: boundedText(64),
} satisfies EntriesOf<StoredLogin>)
