// The configuration of the process by which a run's agent asks its operator: one JSON line on its
// stdin. Its reports are a sidecar's (sidecar-report.ts).

import * as v from "valibot"
import type { Slug } from "../run/run.ts"
import { type SharedLedgerConfig, sharedLedgerSchema } from "./proxy-config.ts"
import { type EntriesOf, nonEmptyText, path } from "./shapes/bounds.ts"
import { type MessageSchema, type Parsed, parseGreeting } from "./shapes/parse-message.ts"

export const ASK_SERVICE_PROTOCOL = 1

export interface AskServiceConfig {
  readonly slug: Slug
  readonly ledgerPath: string
  /** Present when several hosts share the ledger. The password is a secret. */
  readonly sharedLedger?: SharedLedgerConfig
  /** Of the service; no bottle sees it. */
  readonly socket: string
  /** Where the run's proxy has its control socket. */
  readonly egressFolder: string
}

export const MAX_ASK_SERVICE_CONFIG = 64 * 1024

const askServiceConfigSchema: MessageSchema<AskServiceConfig> = v.object({
  slug: nonEmptyText(256),
  ledgerPath: path(),
  sharedLedger: v.exactOptional(sharedLedgerSchema),
  socket: path(),
  egressFolder: path(),
} satisfies EntriesOf<AskServiceConfig>)

/** May hold the password of a shared ledger: it goes to the service's stdin and nowhere else. */
export function encodeAskServiceConfig(config: AskServiceConfig): string {
  return `${JSON.stringify({ protocol: ASK_SERVICE_PROTOCOL, ...config })}\n`
}

export function parseAskServiceConfig(line: string): Parsed<AskServiceConfig> {
  return parseGreeting(askServiceConfigSchema, line, {
    maxLength: MAX_ASK_SERVICE_CONFIG,
    protocol: ASK_SERVICE_PROTOCOL,
  })
}
