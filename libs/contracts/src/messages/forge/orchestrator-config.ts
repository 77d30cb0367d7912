// The configuration of the orchestrator: one JSON line on its stdin. The forge's token and the
// webhooks' secret travel here, not in argv.

import * as v from "valibot"
import { Secret } from "../../secret.ts"
import { MAX_PEM } from "../proxy-config.ts"
import {
  boundedText,
  type EntriesOf,
  listOf,
  name,
  nonEmptyText,
  path,
  programArgv,
  wholeNumber,
} from "../shapes/bounds.ts"
import { type MessageSchema, type Parsed, parseGreeting } from "../shapes/parse-message.ts"

const ORCHESTRATOR_PROTOCOL = 2

export interface OrchestratorConfig {
  /** bot-bottle's own. */
  readonly root: string
  /** PATH for programs of the host. */
  readonly path: string
  /** For the audit trail: the operator who asked. */
  readonly operator: string
  readonly api: string
  readonly token: Secret
  /** PEM of the roots that the forge's certificate may end in; `""`: those that Bun brings. */
  readonly roots: string
  readonly org: string
  readonly repositories: readonly { readonly owner: string; readonly repo: string }[]
  /** Null: other hosts that share the ledger receive the webhooks. */
  readonly webhooks: WebhookReceiver | null
  /** 0: other hosts that share the ledger run them all. */
  readonly maxRuns: number
  readonly watchdogTimeoutMs: number
  readonly reconcileMs: number
  /** Starts `bot-bottle` itself, for launches that outlive the orchestrator. */
  readonly command: readonly string[]
}

export interface WebhookReceiver {
  readonly hostname: string
  /** 0: any free one. */
  readonly port: number
  readonly secret: Secret
}

export const MAX_ORCHESTRATOR_CONFIG = 16 * 1024 * 1024
const DAY_MS = 86_400_000
const secret = () =>
  v.pipe(
    nonEmptyText(4_096),
    v.transform((text) => new Secret(text)),
  )

const orchestratorConfigSchema: MessageSchema<OrchestratorConfig> = v.object({
  root: path(),
  path: v.string(),
  operator: name(),
  api: nonEmptyText(2_048),
  token: secret(),
  roots: boundedText(MAX_PEM),
  org: nonEmptyText(256),
  repositories: listOf(v.object({ owner: name(), repo: name() }), 1_000),
  webhooks: v.nullable(
    v.object({
      hostname: nonEmptyText(256),
      port: wholeNumber(0, 65_535),
      secret: secret(),
    } satisfies EntriesOf<WebhookReceiver>),
  ),
  maxRuns: wholeNumber(0, 1_000),
  watchdogTimeoutMs: wholeNumber(1_000, 30 * DAY_MS),
  reconcileMs: wholeNumber(1_000, DAY_MS),
  command: programArgv(),
} satisfies EntriesOf<OrchestratorConfig>)

/** Reveals the secrets: the result goes to the orchestrator's stdin and nowhere else. */
export function encodeOrchestratorConfig(config: OrchestratorConfig): string {
  const { token, webhooks } = config
  const revealed = {
    ...config,
    token: token.reveal(),
    webhooks: webhooks && { ...webhooks, secret: webhooks.secret.reveal() },
  }
  return `${JSON.stringify({ protocol: ORCHESTRATOR_PROTOCOL, ...revealed })}\n`
}

export function parseOrchestratorConfig(line: string): Parsed<OrchestratorConfig> {
  return parseGreeting(orchestratorConfigSchema, line, {
    maxLength: MAX_ORCHESTRATOR_CONFIG,
    protocol: ORCHESTRATOR_PROTOCOL,
  })
}
