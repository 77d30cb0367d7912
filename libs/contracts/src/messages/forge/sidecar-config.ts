// The configuration of a run's forge sidecar: one JSON line on its stdin. The forge's token and
// the credentials to look for travel here and nowhere else: not in argv, the environment or a file.

import * as v from "valibot"
import type { Slug } from "../../run/run.ts"
import { Secret } from "../../secret.ts"
import type { SidecarCaps } from "../../sidecar-caps.ts"
import { MAX_PEM, type SharedLedgerConfig, sharedLedgerSchema } from "../proxy-config.ts"
import { boundedText, type EntriesOf, listOf, name, nonEmptyText, path, wholeNumber } from "../shapes/bounds.ts"
import { type MessageSchema, type Parsed, parseGreeting } from "../shapes/parse-message.ts"

export const SIDECAR_PROTOCOL = 1

export interface SidecarConfig {
  readonly slug: Slug
  /** Never the same for two launches of a run: one `signal_done` counts for each. */
  readonly launchId: string
  readonly ledgerPath: string
  /** Present when several hosts share the ledger. The password is a secret. */
  readonly sharedLedger?: SharedLedgerConfig
  /** `state/<slug>/forge`; no bottle sees it. */
  readonly folder: string
  /** Absent: the sidecar serves repositories only. */
  readonly forge?: SidecarForge
  readonly repositories: readonly SidecarRepository[]
  /** Absent: gitleaks is not installed. */
  readonly gitleaks?: string
  /** PEM of the roots that a remote's certificate may end in; `""`: those of the programs. */
  readonly roots: string
  /** Refuse every push that gitleaks did not look at. */
  readonly requireGitleaks: boolean
  /** Written into the notes of the run's commits. */
  readonly policyHash: string
  /** The host's credentials, which no push may hold. */
  readonly secrets: readonly Secret[]
}

export interface SidecarForge {
  readonly api: string
  readonly token: Secret
  readonly owner: string
  readonly repo: string
  /** Null: nothing on the forge is the run's to write to. */
  readonly issueNumber: number | null
  readonly prNumber: number | null
  /** The branch that the run's instructions name: `bot-bottle/<slug>/work`. */
  readonly firstBranch: string
  readonly caps: SidecarCaps
}

export interface SidecarRepository {
  /** The path of its clone URL, without `.git`: `acme/widgets`. */
  readonly name: string
  readonly url: string
  readonly token?: Secret
  /** Begins every branch that may be pushed: `bot-bottle/<slug>/`. */
  readonly branchPrefix: string
  readonly isWritable: boolean
  readonly allowsWorkflows: boolean
}

export const MAX_SIDECAR_CONFIG = 16 * 1024 * 1024
const secret = () =>
  v.pipe(
    nonEmptyText(64 * 1024),
    v.transform((text) => new Secret(text)),
  )
const issueNumber = () => v.nullable(wholeNumber(1, Number.MAX_SAFE_INTEGER))
const cap = () => wholeNumber(0, 1_000_000)

const sidecarForgeSchema: MessageSchema<SidecarForge> = v.object({
  api: nonEmptyText(2_048),
  token: secret(),
  owner: name(),
  repo: name(),
  issueNumber: issueNumber(),
  prNumber: issueNumber(),
  firstBranch: name(),
  caps: v.object({ calls: cap(), comments: cap(), edits: cap(), pullRequests: cap() } satisfies EntriesOf<SidecarCaps>),
} satisfies EntriesOf<SidecarForge>)

const sidecarRepositorySchema: MessageSchema<SidecarRepository> = v.object({
  name: v.pipe(boundedText(256), v.regex(/^[A-Za-z0-9_][\w.-]*(?:\/[A-Za-z0-9_][\w.-]*)?$/, "a repository's name")),
  url: nonEmptyText(2_048),
  token: v.exactOptional(secret()),
  branchPrefix: v.pipe(nonEmptyText(256), v.endsWith("/")),
  isWritable: v.boolean(),
  allowsWorkflows: v.boolean(),
} satisfies EntriesOf<SidecarRepository>)

const sidecarConfigSchema: MessageSchema<SidecarConfig> = v.object({
  slug: nonEmptyText(256),
  launchId: v.pipe(nonEmptyText(64), v.regex(/^[\w-]+$/, "an identifier")),
  ledgerPath: path(),
  sharedLedger: v.exactOptional(sharedLedgerSchema),
  folder: path(),
  forge: v.exactOptional(sidecarForgeSchema),
  repositories: listOf(sidecarRepositorySchema, 100),
  gitleaks: v.exactOptional(path()),
  roots: boundedText(MAX_PEM),
  requireGitleaks: v.boolean(),
  policyHash: boundedText(256),
  secrets: listOf(secret(), 1_000),
} satisfies EntriesOf<SidecarConfig>)

/** Reveals every secret: the result goes to the sidecar's stdin and nowhere else. */
export function encodeSidecarConfig(config: SidecarConfig): string {
  return `${JSON.stringify({ protocol: SIDECAR_PROTOCOL, ...reveal(config) })}\n`
}

export function parseSidecarConfig(line: string): Parsed<SidecarConfig> {
  return parseGreeting(sidecarConfigSchema, line, { maxLength: MAX_SIDECAR_CONFIG, protocol: SIDECAR_PROTOCOL })
}

function reveal(config: SidecarConfig): object {
  return {
    ...config,
    ...(config.forge === undefined ? {} : { forge: { ...config.forge, token: config.forge.token.reveal() } }),
    repositories: config.repositories.map((repository) => ({ ...repository, token: repository.token?.reveal() })),
    secrets: config.secrets.map((one) => one.reveal()),
  }
}
