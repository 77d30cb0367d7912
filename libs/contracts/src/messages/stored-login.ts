// `credentials/<provider>-<name>.json`: what `login` keeps on the host. Written by one command and
// read by later ones, so it is parsed like any message.

import * as v from "valibot"
import { boundedText, type EntriesOf, path } from "./shapes/bounds.ts"
import type { MessageSchema } from "./shapes/parse-message.ts"

export type StoredLogin = StoredKey | StoredFile

interface StoredBase {
  readonly version: 1
  readonly provider: string
  /** `default`, or the name of one of several accounts. */
  readonly name: string
  /** ISO 8601 with offset. */
  readonly savedAt: string
}

/** A key or token that does not change. */
export interface StoredKey extends StoredBase {
  /** The environment variable that would hold the secret: it says which kind it is. */
  readonly variable: string
  readonly secret: string
}

/** A login that a harness keeps in a file of its own, and that is renewed there. */
export interface StoredFile extends StoredBase {
  readonly file: string
}

/** Characters of the whole file. */
export const MAX_STORED_LOGIN = 64 * 1024

const word = () => v.pipe(boundedText(64), v.regex(/^[a-z][a-z0-9-]*$/))

const base = {
  version: v.literal(1),
  provider: word(),
  name: word(),
  savedAt: boundedText(64),
} satisfies EntriesOf<StoredBase>

const storedKeySchema = v.object({
  ...base,
  variable: v.pipe(boundedText(128), v.regex(/^[A-Z][A-Z0-9_]*$/)),
  secret: boundedText(32 * 1024),
} satisfies EntriesOf<StoredKey>)

const storedFileSchema = v.object({ ...base, file: path() } satisfies EntriesOf<StoredFile>)

/** A file with `file` is of the second kind, so that a problem names the field that is wrong. */
export const storedLoginSchema: MessageSchema<StoredLogin> = v.lazy((input) =>
  typeof input === "object" && input !== null && "file" in input ? storedFileSchema : storedKeySchema,
)
