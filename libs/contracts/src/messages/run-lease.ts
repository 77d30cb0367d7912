// How long a proxy may serve under the lease of its run's work: the body of `POST /lease` on its control
// socket, and a field of its configuration.
//
// Both ends run on one machine. The times are of its clock since the boot, which nobody sets.

import * as v from "valibot"
import { PROXY_PROTOCOL } from "./control-answer.ts"
import { count, type EntriesOf, wholeNumber } from "./shapes/bounds.ts"
import { type MessageSchema, type Parsed, parseGreeting } from "./shapes/parse-message.ts"

export interface RunLease {
  /** When the launcher began to ask for this renewal, in milliseconds since the machine's boot. */
  readonly askedAtMs: number
  /** The proxy serves for so long after that. */
  readonly servesMs: number
}

const MAX_SERVES_MS = 60_000
const MAX_RUN_LEASE = 1024

const entries = { askedAtMs: count(), servesMs: wholeNumber(1, MAX_SERVES_MS) } satisfies EntriesOf<RunLease>

export const runLeaseSchema: MessageSchema<RunLease> = v.object(entries)

export function encodeRunLease({ askedAtMs, servesMs }: RunLease): string {
  return JSON.stringify({ protocol: PROXY_PROTOCOL, askedAtMs, servesMs })
}

export function parseRunLease(text: string): Parsed<RunLease> {
  return parseGreeting(runLeaseSchema, text, { maxLength: MAX_RUN_LEASE, protocol: PROXY_PROTOCOL })
}
