// A line of events.jsonl. `path` has no query string; nothing here is a body or a credential.

import * as v from "valibot"
import { DENIAL_STATUS, type DenialReason } from "../egress/denial.ts"
import { boundedText, wholeNumber } from "./shapes/bounds.ts"
import type { MessageOf } from "./shapes/parse-message.ts"

export const MAX_EGRESS_EVENT = 256 * 1024

const REASONS = Object.keys(DENIAL_STATUS) as [DenialReason, ...DenialReason[]]

export const egressEventSchema = v.object({
  at: boundedText(40),
  /** Unique in the log of one run. Absent in lines of an older version. */
  id: v.exactOptional(boundedText(40)),
  /** `observed`: forwarded without a route, since the run was started to learn its routes. */
  kind: v.picklist(["denied", "forwarded", "observed"]),
  reason: v.exactOptional(v.picklist(REASONS)),
  method: v.exactOptional(boundedText(256)),
  scheme: v.exactOptional(v.picklist(["https", "http"])),
  host: boundedText(8_192),
  port: wholeNumber(0, 65_535),
  path: v.exactOptional(boundedText(128 * 1024)),
  status: v.exactOptional(wholeNumber(0, 999)),
  rule: v.exactOptional(boundedText(8_192)),
  /** The detector of a `dlp-match`. */
  detector: v.exactOptional(boundedText(256)),
  durationMs: v.exactOptional(v.pipe(v.number(), v.minValue(0))),
})

export type EgressEvent = MessageOf<typeof egressEventSchema>
