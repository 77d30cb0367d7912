// The order to the process that renews a login, one line on its stdin, and its one line of report.
// Neither holds a secret: the process reads the login's file itself.

import * as v from "valibot"
import { boundedText, type EntriesOf, name, nonEmptyText, path } from "./shapes/bounds.ts"
import type { MessageOf, MessageSchema } from "./shapes/parse-message.ts"

export interface RenewalOrderMessage {
  readonly root: string
  readonly ledgerPath: string
  /** Its harness keeps the login. */
  readonly provider: string
  readonly file: string
  /** SHA-256 of an access token that the provider has refused. */
  readonly refused?: string
  /** `ip:port` instead of DNS, as `resolve` in settings.yml says. */
  readonly address?: string
  /** PEM text. */
  readonly roots: string
}

/** Characters, with the roots of the system and the operator's own. */
export const MAX_RENEWAL_ORDER = 16 * 1024 * 1024
export const MAX_RENEWAL_REPORT = 4_096

export const renewalOrderSchema: MessageSchema<RenewalOrderMessage> = v.object({
  root: path(),
  ledgerPath: path(),
  provider: name(),
  file: path(),
  refused: v.exactOptional(v.pipe(boundedText(64), v.regex(/^[0-9a-f]{64}$/))),
  address: v.exactOptional(nonEmptyText(300)),
  roots: boundedText(MAX_RENEWAL_ORDER),
} satisfies EntriesOf<RenewalOrderMessage>)

export const renewalReportSchema = v.variant("outcome", [
  /** Somebody else was faster, or it is not due. */
  v.object({ outcome: v.literal("current") }),
  v.object({ outcome: v.literal("renewed") }),
  /** Only a new login helps. */
  v.object({ outcome: v.literal("refused"), why: boundedText(1_000) }),
  /** Worth another attempt later. */
  v.object({ outcome: v.literal("not-now"), why: boundedText(1_000) }),
])

export type RenewalReport = MessageOf<typeof renewalReportSchema>
